import type { Played } from './fault.ts';

/** Of a clean run's reward, as a share. */
export interface Loss {
  readonly mean: number;
  /** Standard error of the mean. */
  readonly error: number;
}

/**
 * What some workers lose together: the mean over texts, with its standard error from how far these differ. On each text it is what they
 * earn in all of its runs against what they earn in as many clean ones.
 * @param of whom to count in a run; a run with none of them does not count
 */
export function lossOf(runs: readonly Played[], of: (run: Played) => readonly number[]): Loss {
  const texts = [...new Set(runs.map(({ text }) => text))];
  const lost = texts.map((text) => {
    const all = runs.filter((run) => run.text === text);
    const paid = (kind: 'outcome' | 'clean'): number =>
      all.reduce((sum, run) => sum + of(run).reduce((part, n) => part + (run[kind].rewards[n] ?? 0), 0), 0);
    return 1 - paid('outcome') / paid('clean');
  });
  const mean = lost.reduce((sum, one) => sum + one, 0) / lost.length;
  const squares = lost.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  // A single text says nothing of how far they differ.
  const error = lost.length < 2 ? Infinity : Math.sqrt(squares / (lost.length - 1) / lost.length);
  return { mean, error };
}
