import type { LocalClock } from '../local-time.ts';
import type { DutyReason } from '../reasons.ts';
import type { RoundEnd } from '../round-end.ts';
import type { DutySettings } from '../duty-settings.ts';
import type { DutySignals } from '../signals.ts';

export type RuleName =
  | 'app'
  | 'vram'
  | 'snooze'
  | 'after-round'
  | 'temperature'
  | 'battery'
  | 'metered'
  | 'monthly-bytes'
  | 'rate'
  | 'disk'
  | 'lock'
  | 'idle'
  | 'others-load'
  | 'schedule'
  | 'tariff'
  | 'power-limit'
  | 'work-percent';

/** What one rule says now. */
export type Finding =
  /** `endsAtMs`: when the clock alone will end this, Unix milliseconds. */
  | { readonly kind: 'clear'; readonly endsAtMs: number | null }
  /** It is switched on, but cannot see. */
  | { readonly kind: 'blind' }
  | {
      readonly kind: 'broken';
      readonly reason: DutyReason;
      /** When the clock alone will mend it; `null`: nobody knows. */
      readonly untilMs: number | null;
      /** The cards that broke it. */
      readonly held: readonly string[];
    };

export interface RuleContext {
  readonly signals: DutySignals;
  readonly settings: DutySettings;
  readonly clock: LocalClock;
  /** Why this rule stood at the last look; `null` when it did not. */
  readonly before: DutyReason | null;
  /** The cards that broke it then: for them the lower limit of the hysteresis counts. */
  readonly held: readonly string[];
  readonly roundEnd: RoundEnd;
  /** See power-share.ts. */
  readonly powerShare: number;
}

export type CheckRule = (context: RuleContext) => Finding;

export const CLEAR: Finding = { kind: 'clear', endsAtMs: null };
export const BLIND: Finding = { kind: 'blind' };

export const broken = (reason: DutyReason, untilMs: number | null = null, held: readonly string[] = []): Finding => ({
  kind: 'broken',
  reason,
  untilMs,
  held,
});

/** What stood still stands when nobody can tell whether it is over: an adapter that fails does not end a game. */
export const unseen = (before: DutyReason | null): Finding => (before === null ? BLIND : broken(before));
