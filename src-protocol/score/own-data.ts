/** Losses of each window of one text. */
export interface WindowLosses {
  readonly before: ArrayLike<number>;
  /** After a small step along the update. */
  readonly after: ArrayLike<number>;
}

/** Standard errors from which on a difference counts in full: chance alone brings as much one time in twenty. */
const BEYOND_CHANCE = 2;

/**
 * How far an update gained more on the text that its worker was assigned than on other text of the pages that are trained on, −1…1:
 * the difference in standard errors (Student's t: of one that made few inner steps there are fewer windows), halved and capped, so
 * that what may be chance counts little. Text that is held out would not do for that: the run knows it less, so that whatever anybody
 * trains on gains less there (docs/ARCHITECTURE.md has the measurements). A loss that the update makes no number is evidence against
 * it: else its maker would be spared by breaking one.
 * @returns `null` where that shows nothing: losses that are no numbers before, two windows in all, or nothing that changes
 */
export function ownDataEvidence(own: WindowLosses, others: WindowLosses): number | null {
  const [a, b] = [gainsOf(own), gainsOf(others)];
  if (isMeasured(own) && isMeasured(others) && ![...a, ...b].every(Number.isFinite)) return -1;
  const variance = (deviations(a) + deviations(b)) / (a.length + b.length - 2);
  const errors = (mean(a) - mean(b)) / Math.sqrt(variance / a.length + variance / b.length);
  return Number.isFinite(errors) ? Math.min(1, Math.max(-1, errors / BEYOND_CHANCE)) : null;
}

const isMeasured = ({ before }: WindowLosses): boolean =>
  Array.from(before).every((loss) => Number.isFinite(loss) && loss > 0);

/** Of each window, as shares of its loss. */
const gainsOf = ({ before, after }: WindowLosses): readonly number[] =>
  Array.from(before, (loss, window) => (loss - (after[window] ?? Number.NaN)) / loss);

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Sum of the squares. */
const deviations = (values: readonly number[]): number => {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
};
