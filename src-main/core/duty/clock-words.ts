import { DAY_MS, MINUTE_MS, wallMs, type LocalClock } from './local-time.ts';

const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** A time to come as its owner says it: `at 18:30`, `tomorrow at 06:00`, `on Monday at 08:00`, `on 1 December`. */
export function whenInWords(atMs: number, clock: LocalClock): string {
  const wall = wallMs(clock);
  // Up to the next full minute: nobody likes to wait longer than was said.
  const at = Math.ceil((wall + (atMs - clock.nowMs)) / MINUTE_MS) * MINUTE_MS;
  const date = new Date(at);
  const time = `${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())}`;
  const days = Math.floor(at / DAY_MS) - Math.floor(wall / DAY_MS);
  if (days === 0) return `at ${time}`;
  if (days === 1) return `tomorrow at ${time}`;
  if (days < 7) return `on ${WEEKDAYS[date.getUTCDay()] ?? ''} at ${time}`;
  return `on ${date.getUTCDate()} ${date.toLocaleString('en', { month: 'long', timeZone: 'UTC' })}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, '0');
