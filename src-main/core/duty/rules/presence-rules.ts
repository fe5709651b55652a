import { MINUTE_MS } from '../local-time.ts';
import { BLIND, broken, CLEAR, type CheckRule } from './rule.ts';

/** Where nobody can tell, the owner's wish holds. */
export const checkLock: CheckRule = ({ signals, settings }) => {
  if (settings.lock === null) return CLEAR;
  const wants = settings.lock === 'only-locked' ? 'locked' : 'unlocked';
  if (signals.isLocked.kind === 'unknown') return broken({ kind: 'lock-unknown', wants });
  return signals.isLocked.value === (wants === 'locked') ? CLEAR : broken({ kind: 'lock', wants });
};

/** A locked session is one whose owner is away, whatever is known of its input. */
export const checkIdle: CheckRule = ({ signals, settings: { idle }, clock }) => {
  if (idle === null) return CLEAR;
  if (signals.isLocked.kind === 'known' && signals.isLocked.value) return CLEAR;
  if (signals.inputIdleMs.kind === 'unknown')
    return idle.whenUnknown === 'run' ? BLIND : broken({ kind: 'idle-unknown' });
  const leftMs = idle.minutes * MINUTE_MS - signals.inputIdleMs.value;
  return leftMs > 0 ? broken({ kind: 'in-use', idleMinutes: idle.minutes }, clock.nowMs + leftMs) : CLEAR;
};
