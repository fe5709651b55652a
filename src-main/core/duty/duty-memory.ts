import { FULL_POWER, type PowerShare } from './power-share.ts';
import type { DutyReason } from './reasons.ts';
import type { RoundEnd } from './round-end.ts';
import type { RuleName } from './rules/rule.ts';

/** What the next look must know of the ones before. Plain data; a fresh start begins with `NO_MEMORY`. */
export interface DutyMemory {
  /** Only of rules that are broken. */
  readonly rules: Readonly<Partial<Record<RuleName, BrokenRule>>>;
  readonly rest: Rest | null;
  readonly roundEnd: RoundEnd;
  readonly power: PowerShare;
  readonly isWorking: boolean;
}

export interface BrokenRule {
  readonly sinceMs: number;
  /** It has been broken for long enough to count. */
  readonly counts: boolean;
  readonly reason: DutyReason;
  readonly held: readonly string[];
}

/** Work may go on at `untilMs`, when no rule is broken then. */
export interface Rest {
  readonly untilMs: number;
  readonly effect: 'yield' | 'pause';
  /** The last one that was not the owner's word. */
  readonly reason: DutyReason;
}

export const NO_MEMORY: DutyMemory = {
  rules: {},
  rest: null,
  roundEnd: { kind: 'not-asked' },
  power: FULL_POWER,
  isWorking: false,
};
