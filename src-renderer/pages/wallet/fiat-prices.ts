const DAY_MS = 86_400_000;
/** The first day of the chain: no payment is older. */
const FIRST_DAY_MS = Date.UTC(2023, 2, 20);
/** Fits into one message to main. */
const MAX_DAYS = 2_000;

type FiatPrices =
  | { readonly kind: 'prices'; readonly pricesByDay: Readonly<Record<string, number>>; readonly days: number }
  | { readonly kind: 'wrong'; readonly message: string };

/**
 * What one TAO was worth: a line for each day, `2026-11-28 251.30`, or one number for all days.
 * Prices are only multiplied for a column of the owner's table, never for money that moves.
 */
export function parseFiatPrices(text: string, nowMs: number): FiatPrices {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines.length === 0) return wrong('Write at least one price.');
  const [only = ''] = lines;
  if (lines.length === 1 && /^\d+(\.\d+)?$/.test(only)) return everyDay(Number(only), nowMs);
  if (lines.length > MAX_DAYS) return wrong(`At most ${MAX_DAYS.toString()} lines fit; export in parts.`);
  const pricesByDay: Record<string, number> = {};
  for (const [index, line] of lines.entries()) {
    const [, day, price] = /^(\d{4}-\d{2}-\d{2})[\s;,]+(\d{1,12}(?:\.\d{1,12})?)$/.exec(line) ?? [];
    if (day === undefined || price === undefined || !isDay(day)) {
      return wrong(`Line ${(index + 1).toString()} is not like “2026-11-28 251.30”.`);
    }
    if (Object.hasOwn(pricesByDay, day)) return wrong(`Line ${(index + 1).toString()} repeats ${day}.`);
    pricesByDay[day] = Number(price);
  }
  return { kind: 'prices', pricesByDay, days: lines.length };
}

const wrong = (message: string): FiatPrices => ({ kind: 'wrong', message });
const dayText = (atMs: number): string => new Date(atMs).toISOString().slice(0, 10);

function isDay(text: string): boolean {
  const atMs = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(atMs) && dayText(atMs) === text;
}

function everyDay(price: number, nowMs: number): FiatPrices {
  const last = nowMs + DAY_MS;
  const first = Math.max(FIRST_DAY_MS, last - (MAX_DAYS - 1) * DAY_MS);
  const pricesByDay: Record<string, number> = {};
  for (let atMs = first; atMs <= last; atMs += DAY_MS) pricesByDay[dayText(atMs)] = price;
  return { kind: 'prices', pricesByDay, days: Object.keys(pricesByDay).length };
}
