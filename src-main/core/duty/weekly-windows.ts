import { DAY_MS, MINUTE_MS, positiveModulo, WEEK_MS, wallMsOfWeek, type LocalClock } from './local-time.ts';

/** A time of the week that comes again. It wraps over midnight when it ends before it begins; equal ends are a whole day. */
export interface WeeklyWindow {
  /** On which it begins; 0 is Sunday. */
  readonly days: readonly number[];
  /** 0…1439, since the day's midnight. */
  readonly fromMinute: number;
  /** 0…1440; not part of it any more. */
  readonly toMinute: number;
}

export interface WindowsNow {
  readonly isWithin: boolean;
  /** When that changes, Unix milliseconds, if the clocks are not changed before; `null`: never. */
  readonly changesAtMs: number | null;
}

interface Span {
  /** Of the week. */
  readonly startMs: number;
  readonly lengthMs: number;
}

/** Whether now lies in one of the windows, and until when; windows that touch or overlap are one. */
export function windowsNow(windows: readonly WeeklyWindow[], clock: LocalClock): WindowsNow {
  const spans = windows.flatMap(spansOf);
  const now = wallMsOfWeek(clock);
  const after = (waitMs: number): number | null => (waitMs < WEEK_MS ? clock.nowMs + waitMs : null);
  const leftNow = leftMs(spans, now);
  if (leftNow === 0) {
    const waits = spans.map(({ startMs }) => positiveModulo(startMs - now, WEEK_MS));
    return { isWithin: false, changesAtMs: after(Math.min(WEEK_MS, ...waits)) };
  }
  let waitMs = leftNow;
  for (let more = leftNow; more > 0 && waitMs < WEEK_MS; waitMs += more) more = leftMs(spans, now + waitMs);
  return { isWithin: true, changesAtMs: after(waitMs) };
}

function spansOf({ days, fromMinute, toMinute }: WeeklyWindow): readonly Span[] {
  const lengthMs = positiveModulo((toMinute - fromMinute) * MINUTE_MS, DAY_MS) || DAY_MS;
  return days.map((day) => ({ startMs: day * DAY_MS + fromMinute * MINUTE_MS, lengthMs }));
}

/** How long the longest window that holds then goes on; 0 when none does. */
const leftMs = (spans: readonly Span[], atMs: number): number =>
  Math.max(0, ...spans.map(({ startMs, lengthMs }) => lengthMs - positiveModulo(atMs - startMs, WEEK_MS)));
