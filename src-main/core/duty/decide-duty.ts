import { DUTY_RULES, MIN_REST_MS } from './duty-rules.ts';
import type { DutyMemory, Rest } from './duty-memory.ts';
import type { DutySettings } from './duty-settings.ts';
import type { LocalClock } from './local-time.ts';
import { nextPowerShare } from './power-share.ts';
import type { DutyReason } from './reasons.ts';
import { nextRoundEnd } from './round-end.ts';
import type { RuleName } from './rules/rule.ts';
import type { DutySignals } from './signals.ts';
import { walkRules, type StandingRule, type Walk } from './walk-rules.ts';

/** What the worker does now. `untilMs`: when the clock alone ends it, Unix milliseconds; `null`: something else must change. */
export type Duty =
  | { readonly kind: 'run' }
  | { readonly kind: 'throttle'; readonly share: number; readonly reason: DutyReason }
  | { readonly kind: 'pause'; readonly reason: DutyReason; readonly untilMs: number | null }
  | { readonly kind: 'yield'; readonly reason: DutyReason; readonly untilMs: number | null };

export interface DutyDecision {
  /** For the next look. */
  readonly memory: DutyMemory;
  readonly duty: Duty;
  /** What holds it back besides: when the reason has gone, it is these. */
  readonly also: readonly DutyReason[];
  /** While it works: which rule will stop it by the clock, and when. */
  readonly ahead: Walk['ahead'];
  /** Rules that are switched on and cannot see; nothing is pretended for them. */
  readonly blind: readonly RuleName[];
  readonly keepsAwake: boolean;
}

/**
 * Whether the worker of these cards may work now. Stopping is at once; going on waits until what stopped it has settled. The same
 * arguments give the same answer; ask again when a signal changes, and each second, because the clock is a signal too.
 */
export function decideDuty(
  memory: DutyMemory,
  signals: DutySignals,
  settings: DutySettings,
  clock: LocalClock,
): DutyDecision {
  const { nowMs } = clock;
  const roundEnd = nextRoundEnd(memory.roundEnd, settings, signals.progress, nowMs);
  const power = nextPowerShare(memory.power, settings.powerLimitWatts, {
    gpus: signals.gpus,
    isWorking: memory.isWorking,
    nowMs,
  });
  const walk = walkRules(memory.rules, { signals, settings, clock, roundEnd, powerShare: power.share });
  const stops = walk.standing.flatMap((found) => (isStop(found) ? [found] : []));
  const rest = nextRest(memory.rest, stops, nowMs);
  const stopped = stoppedBy(stops, rest);
  const duty = stopped ?? throttledBy(walk.standing);
  return {
    memory: { rules: walk.rules, rest, roundEnd, power, isWorking: stopped === null },
    duty,
    also: stops.slice(1).map(({ reason }) => reason),
    ahead: stopped === null ? walk.ahead : null,
    blind: walk.blind,
    keepsAwake: settings.keepAwake && stopped === null,
  };
}

interface Stop extends StandingRule {
  readonly rule: StandingRule['rule'] & { readonly effect: Rest['effect'] };
}

const isStop = (found: StandingRule): found is Stop => found.rule.effect !== 'throttle';

const LONGEST_REST_MS = Math.max(MIN_REST_MS, ...DUTY_RULES.map(({ settleMs }) => settleMs));

/** `null` when work may go on as far as the rest is concerned. */
function nextRest(before: Rest | null, stops: readonly Stop[], nowMs: number): Rest | null {
  // A clock that was set back does not lengthen it.
  const beforeMs = Math.min(before?.untilMs ?? -Infinity, nowMs + LONGEST_REST_MS);
  const byMachine = stops.filter(({ rule }) => rule.by === 'machine');
  const untilMs = Math.max(
    beforeMs,
    ...byMachine.map(({ rule, isNew }) => nowMs + Math.max(rule.settleMs, isNew ? MIN_REST_MS : 0)),
  );
  const [first] = byMachine;
  if (first !== undefined) return { untilMs, effect: first.rule.effect, reason: first.reason };
  return before === null || untilMs <= nowMs ? null : { ...before, untilMs };
}

function stoppedBy([first]: readonly Stop[], rest: Rest | null): Duty | null {
  if (first !== undefined) {
    // What stands may end while another one's rest goes on.
    const untilMs = first.untilMs === null ? null : Math.max(first.untilMs, rest?.untilMs ?? -Infinity);
    return { kind: first.rule.effect, reason: first.reason, untilMs };
  }
  if (rest === null) return null;
  return { kind: rest.effect, reason: { kind: 'settling', after: rest.reason }, untilMs: rest.untilMs };
}

function throttledBy(standing: readonly StandingRule[]): Duty {
  let slowest: Extract<Duty, { readonly kind: 'throttle' }> | null = null;
  for (const { reason } of standing) {
    if (!('share' in reason)) continue;
    if (slowest === null || reason.share < slowest.share) slowest = { kind: 'throttle', share: reason.share, reason };
  }
  return slowest ?? { kind: 'run' };
}
