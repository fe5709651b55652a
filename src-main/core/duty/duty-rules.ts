import { checkApp } from './rules/app-rule.ts';
import { checkDisk } from './rules/disk-rule.ts';
import { checkOthersLoad, checkTemperature, checkVram } from './rules/gpu-rules.ts';
import { checkMetered, checkMonthlyBytes, checkRate } from './rules/link-rules.ts';
import { checkAfterRound, checkSnooze } from './rules/owner-rules.ts';
import { checkPowerLimit, checkWorkPercent } from './rules/pace-rules.ts';
import { checkIdle, checkLock } from './rules/presence-rules.ts';
import type { CheckRule, RuleName } from './rules/rule.ts';
import { checkBattery } from './rules/supply-rule.ts';
import { checkSchedule, checkTariff } from './rules/time-rules.ts';

export interface DutyRule {
  readonly name: RuleName;
  /** `yield` ends the worker, so that the card's memory is free; `pause` stops it; `throttle` lets it work less of the time. */
  readonly effect: 'yield' | 'pause' | 'throttle';
  /** Who broke it: after an owner's word nothing settles, it goes on at once. */
  readonly by: 'owner' | 'machine';
  /** It counts only when it has been broken for so long; 0: at once. */
  readonly sustainMs: number;
  /** It must have been kept for so long before work goes on. */
  readonly settleMs: number;
  readonly check: CheckRule;
}

/**
 * All rules; of several that are broken the first is the reason. What needs the card's memory comes first, because only `yield`
 * frees it. Then the owner's word, what could do harm or cost money, who uses the machine, and the clock. Last what only slows
 * down: there the smallest share counts, and the order among equals.
 */
export const DUTY_RULES: readonly DutyRule[] = [
  // Between two screens of a game, or in a quick look at another window, it is not over.
  { name: 'app', effect: 'yield', by: 'machine', sustainMs: 0, settleMs: 30_000, check: checkApp },
  { name: 'vram', effect: 'yield', by: 'machine', sustainMs: 0, settleMs: 30_000, check: checkVram },
  { name: 'snooze', effect: 'pause', by: 'owner', sustainMs: 0, settleMs: 0, check: checkSnooze },
  { name: 'after-round', effect: 'pause', by: 'owner', sustainMs: 0, settleMs: 0, check: checkAfterRound },
  { name: 'temperature', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkTemperature },
  { name: 'battery', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkBattery },
  { name: 'metered', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkMetered },
  { name: 'monthly-bytes', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkMonthlyBytes },
  // The rate is a mean over a minute.
  { name: 'rate', effect: 'pause', by: 'machine', sustainMs: 10_000, settleMs: 0, check: checkRate },
  { name: 'disk', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkDisk },
  { name: 'lock', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkLock },
  { name: 'idle', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkIdle },
  // A window that opens, or a page that is drawn, loads the card for a moment.
  { name: 'others-load', effect: 'pause', by: 'machine', sustainMs: 5_000, settleMs: 30_000, check: checkOthersLoad },
  { name: 'schedule', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkSchedule },
  { name: 'tariff', effect: 'pause', by: 'machine', sustainMs: 0, settleMs: 0, check: checkTariff },
  { name: 'power-limit', effect: 'throttle', by: 'machine', sustainMs: 0, settleMs: 0, check: checkPowerLimit },
  { name: 'work-percent', effect: 'throttle', by: 'owner', sustainMs: 0, settleMs: 0, check: checkWorkPercent },
];

/** After any stop that was not the owner's word the machine rests at least this long: a start costs more than it earns. */
export const MIN_REST_MS = 15_000;
