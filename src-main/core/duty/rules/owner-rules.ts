import { snoozeEndMs } from '../snooze.ts';
import { broken, CLEAR, type CheckRule } from './rule.ts';

export const checkSnooze: CheckRule = ({ settings, clock }) => {
  const endMs = snoozeEndMs(settings.snooze, clock);
  return endMs === null ? CLEAR : broken({ kind: 'snooze' }, endMs);
};

export const checkAfterRound: CheckRule = ({ roundEnd, clock }) => {
  if (roundEnd.kind === 'over') return broken({ kind: 'after-round' });
  return roundEnd.kind === 'awaited' ? { kind: 'clear', endsAtMs: Math.max(roundEnd.atMs, clock.nowMs) } : CLEAR;
};
