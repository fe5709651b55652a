import { DAY_MS, HOUR_MS, MINUTE_MS, unixMsOfWall, WEEK_MS, wallMs, type LocalClock } from './local-time.ts';

/** A rest that the owner asked for. */
export type Snooze =
  | { readonly kind: 'until'; readonly untilMs: number }
  /** By the clock on the wall (see `wallMs`): a change of summer time or a journey in the night does not move it. */
  | { readonly kind: 'until-wall'; readonly untilWallMs: number };

/** A longer one is a damaged file, or a clock that was set back: it would never end. */
export const MAX_SNOOZE_MS = WEEK_MS;
const MORNING_HOUR = 6;

/** @param durationMs above 0; what is longer than `MAX_SNOOZE_MS` is cut */
export const snoozeFor = (durationMs: number, { nowMs }: LocalClock): Snooze => ({
  kind: 'until',
  untilMs: nowMs + Math.min(durationMs, MAX_SNOOZE_MS),
});

/** Until the next 6 in the morning: at 2 in the night "tomorrow" is the coming morning. */
export function snoozeUntilTomorrow(clock: LocalClock): Snooze {
  const now = wallMs(clock);
  const morning = Math.floor(now / DAY_MS) * DAY_MS + MORNING_HOUR * HOUR_MS;
  return { kind: 'until-wall', untilWallMs: morning > now ? morning : morning + DAY_MS };
}

/** When it ends, Unix milliseconds; `null` when it is over or none. */
export function snoozeEndMs(snooze: Snooze | null, clock: LocalClock): number | null {
  if (snooze === null) return null;
  const endMs = snooze.kind === 'until' ? snooze.untilMs : unixMsOfWall(snooze.untilWallMs, clock);
  const leftMs = endMs - clock.nowMs;
  // An hour more: the offset may change within the snooze.
  return leftMs > 0 && leftMs <= MAX_SNOOZE_MS + 60 * MINUTE_MS ? endMs : null;
}
