/** Now, and what the clock on the wall differs from UTC by at this moment, east positive. */
export interface LocalClock {
  readonly nowMs: number;
  readonly utcOffsetMinutes: number;
}

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_MS = 7 * DAY_MS;

/** 1970 began on a Thursday. */
const DAYS_BEFORE_EPOCH = 4;

/**
 * The clock on the wall, as a number that can be compared: what Unix milliseconds would be if this zone were UTC.
 * A time that people mean by the wall ("at 6 in the morning") is kept in it, so that a change of summer time cannot shift it.
 */
export const wallMs = ({ nowMs, utcOffsetMinutes }: LocalClock): number => nowMs + utcOffsetMinutes * MINUTE_MS;

/** Unix milliseconds at which the wall will show this, if the zone's offset stays what it is. */
export const unixMsOfWall = (atWallMs: number, { utcOffsetMinutes }: LocalClock): number =>
  atWallMs - utcOffsetMinutes * MINUTE_MS;

/** Since Sunday's first midnight. */
export const wallMsOfWeek = (clock: LocalClock): number =>
  positiveModulo(wallMs(clock) + DAYS_BEFORE_EPOCH * DAY_MS, WEEK_MS);

/** When the next month of local time begins, Unix milliseconds. */
export function nextMonthMs(clock: LocalClock): number {
  const wall = new Date(wallMs(clock));
  return unixMsOfWall(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + 1, 1), clock);
}

/** 0 to below `modulus`, also of negative numbers. */
export const positiveModulo = (value: number, modulus: number): number => ((value % modulus) + modulus) % modulus;
