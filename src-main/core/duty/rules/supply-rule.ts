import { broken, CLEAR, unseen, type CheckRule } from './rule.ts';

/** So that it does not begin and end with each percent. */
const CHARGE_MARGIN_PERCENT = 5;

/** A battery of unknown charge is not above any limit. */
export const checkBattery: CheckRule = ({ signals: { supply }, settings: { battery: rule }, before }) => {
  if (rule === null) return CLEAR;
  if (supply.kind === 'unknown') return unseen(before);
  if (supply.value.kind === 'mains') return CLEAR;
  const charge = supply.value.chargePercent;
  const chargePercent = charge.kind === 'known' ? charge.value : null;
  if (rule.kind === 'never') return broken({ kind: 'battery', chargePercent, resumeAtPercent: null });
  const resumeAtPercent = rule.chargePercent + CHARGE_MARGIN_PERCENT;
  const needed = before === null ? rule.chargePercent : resumeAtPercent;
  return chargePercent !== null && chargePercent >= needed
    ? CLEAR
    : broken({ kind: 'battery', chargePercent, resumeAtPercent });
};
