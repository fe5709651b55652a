/** Losses of each window of one text. */
export interface WindowLosses {
  /** With a state of the run before the round's. */
  readonly earlier: ArrayLike<number>;
  /** With the round's state. */
  readonly before: ArrayLike<number>;
  /** After a small step along the update. */
  readonly after: ArrayLike<number>;
}

/** Standard errors from which on a difference counts in full: chance alone brings as much one time in twenty. */
const BEYOND_CHANCE = 2;

/**
 * How far an update gained more on the text that its worker was assigned than on unseen text, −1…1: the difference in standard errors
 * (Welch's t), halved and capped, so that what may be chance counts little. Some texts are easier to learn than others, whoever learns
 * them: of each window's gain is taken what the run's last move there makes one expect (least squares over the unseen windows). The
 * text was drawn after that move, so nobody could bend it. Measured with workers on the right and on wrong data: docs/ARCHITECTURE.md.
 * @returns `null` where that shows nothing: losses that are no numbers, too few windows, or no move
 */
export function ownDataEvidence(own: WindowLosses, unseen: WindowLosses): number | null {
  const [onOwn, onUnseen] = [gainsOf(own), gainsOf(unseen)];
  const expected = slope(onUnseen);
  const [a, b] = [beyond(onOwn, expected), beyond(onUnseen, expected)];
  const errors = (mean(a) - mean(b)) / Math.sqrt(variance(a) / a.length + variance(b) / b.length);
  return Number.isFinite(errors) ? Math.min(1, Math.max(-1, errors / BEYOND_CHANCE)) : null;
}

/** Of one window, as shares of its loss. */
interface Gain {
  readonly byUpdate: number;
  readonly byLastMove: number;
}

const gainsOf = ({ earlier, before, after }: WindowLosses): readonly Gain[] =>
  Array.from(before, (loss, window) => ({
    byUpdate: (loss - (after[window] ?? Number.NaN)) / loss,
    byLastMove: ((earlier[window] ?? Number.NaN) - loss) / loss,
  }));

/** Through the origin. */
const slope = (gains: readonly Gain[]): number =>
  sum(gains, ({ byUpdate, byLastMove }) => byUpdate * byLastMove) / sum(gains, ({ byLastMove }) => byLastMove ** 2);

const beyond = (gains: readonly Gain[], expected: number): readonly number[] =>
  gains.map(({ byUpdate, byLastMove }) => byUpdate - expected * byLastMove);

const sum = <T>(values: readonly T[], of: (value: T) => number): number =>
  values.reduce((total, value) => total + of(value), 0);

const mean = (values: readonly number[]): number => sum(values, (value) => value) / values.length;

const variance = (values: readonly number[]): number => {
  const middle = mean(values);
  return sum(values, (value) => (value - middle) ** 2) / (values.length - 1);
};
