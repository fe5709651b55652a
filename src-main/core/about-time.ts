/** A time in words, as exact as one needs it to wait: `about 4 minutes`, `about 17 hours`. */
export function about(durationMs: number): string {
  const hours = durationMs / 3_600_000;
  if (hours >= 48) return `about ${Math.round(hours / 24)} days`;
  if (hours >= 2) return `about ${Math.round(hours)} hours`;
  const minutes = Math.max(1, Math.round(hours * 60));
  return minutes === 1 ? 'about a minute' : `about ${minutes} minutes`;
}
