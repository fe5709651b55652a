import { windowsNow } from '../weekly-windows.ts';
import { broken, CLEAR, type CheckRule } from './rule.ts';

export const checkSchedule: CheckRule = ({ settings: { schedule }, clock }) => {
  if (schedule === null) return CLEAR;
  const { isWithin, changesAtMs } = windowsNow(schedule, clock);
  return isWithin ? { kind: 'clear', endsAtMs: changesAtMs } : broken({ kind: 'schedule' }, changesAtMs);
};

/** Where windows overlap, the dearest counts. */
export const checkTariff: CheckRule = ({ settings: { tariff }, clock }) => {
  if (tariff === null) return CLEAR;
  const { limitPerKwh } = tariff;
  const tooDear = tariff.windows.filter((window) => window.pricePerKwh > limitPerKwh);
  const { isWithin, changesAtMs } = windowsNow(tooDear, clock);
  if (!isWithin) return { kind: 'clear', endsAtMs: changesAtMs };
  const prices = tooDear.filter((window) => windowsNow([window], clock).isWithin).map((window) => window.pricePerKwh);
  return broken({ kind: 'tariff', pricePerKwh: Math.max(...prices), limitPerKwh }, changesAtMs);
};
