/** What was paid on one day of the owner's own time zone. */
export interface EarnedDay<Amount> {
  /** Its midnight. */
  readonly dayMs: number;
  readonly alpha: Amount;
  readonly rao: Amount;
}

/** Midnight of the owner's own time zone. */
export const startOfDayMs = (nowMs: number): number => new Date(nowMs).setHours(0, 0, 0, 0);

/** The midnights of the last days, oldest first, today's last. Days are not all of 24 hours. */
export function lastDaysMs(nowMs: number, days: number): readonly number[] {
  const today = new Date(startOfDayMs(nowMs));
  return Array.from({ length: days }, (_, index) =>
    new Date(today.getFullYear(), today.getMonth(), today.getDate() - (days - 1 - index)).getTime(),
  );
}

/** Sums what was paid in parts of a day into days. @param starts ascending; what is before the first counts nowhere */
export function sumByDay(
  starts: readonly number[],
  parts: readonly { readonly atMs: number; readonly alpha: bigint; readonly rao: bigint }[],
): readonly EarnedDay<bigint>[] {
  const days = starts.map((dayMs) => ({ dayMs, alpha: 0n, rao: 0n }));
  for (const { atMs, alpha, rao } of parts) {
    const day = days.findLast(({ dayMs }) => dayMs <= atMs);
    if (day === undefined) continue;
    day.alpha += alpha;
    day.rao += rao;
  }
  return days;
}
