const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** What stands where a number is not known. */
export const UNKNOWN = 'unknown';
/** The same where there is no room for words. */
export const DASH = '–';

export const countText = (value: number): string => whole.format(value);

/** Nats per token, three decimals. */
export const lossText = (loss: number): string => loss.toFixed(3);

/** Of a score, 0…100. */
export const scoreText = (score: number | null): string => (score === null ? DASH : score.toFixed(0));

/** Of a reputation, 0…100: it takes weeks to the first whole points, and shall be seen to move before. */
export const reputationText = (reputation: number | null): string =>
  reputation === null ? DASH : reputation.toFixed(reputation < 10 ? 1 : 0);

export const tokensPerSecondText = (tokensPerSecond: number): string =>
  tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : countText(tokensPerSecond);

/** Three significant digits; a norm that has left the ordinary shows by its power of ten. */
export const gradientNormText = (norm: number): string =>
  norm !== 0 && (norm < 0.001 || norm >= 1000) ? norm.toExponential(1) : norm.toPrecision(3);

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Binary units, three significant digits: `24.0 GiB`, `187 KiB`. */
export function bytesText(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  // 999.5 would be written as 1000, so it moves on to the next unit.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${UNITS[unit] ?? ''}`;
}

/** `null` becomes "unknown". */
export const orUnknown = <T>(value: T | null, text: (value: T) => string): string =>
  value === null ? UNKNOWN : text(value);
