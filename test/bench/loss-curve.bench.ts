import { availableParallelism } from 'node:os';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { PLAIN, VARIANTS, type CurveVariant } from './support/loss-curve-variants.ts';
import { deviation, recorded, recordedWindows, smoothed, trainCurve } from './support/loss-curve.ts';

/** Besides `plain`, which always runs: all others, one of them, or `plain` alone. */
export const options = { variant: ['all', PLAIN.name, ...VARIANTS.map(({ name }) => name)] };

const GOAL = 0.01;
/** Steps of which the smoothed curve takes the mean. */
const WIDTH = 10;

/**
 * The losses of the engine over the steps that a PyTorch program was recorded to take, on the same text from the same
 * weights; and how far each variant of the engine goes from the plain one.
 */
export async function run({ variant: wished }: Readonly<Record<'variant', string>>): Promise<BenchResult> {
  const windows = await recordedWindows();
  const rows: BenchResult['rows'] = [];
  const measure = async ({ name, options: given }: CurveVariant, plain: readonly number[] | null) => {
    const startMs = performance.now();
    const losses = await trainCurve(windows, { threads: Math.min(2, availableParallelism()), ...given });
    const seconds = (performance.now() - startMs) / 1000;
    rows.push({ name, steps: losses.length, seconds, ...ends(losses), ...distances(losses, plain) });
    process.stderr.write(`${name} is done\n`);
    return losses;
  };
  rows.push({ name: 'torch, recorded', steps: recorded.losses.length, ...ends(recorded.losses) });
  const plain = await measure(PLAIN, null);
  for (const variant of VARIANTS) {
    if (wished === 'all' || wished === variant.name) await measure(variant, plain);
  }
  const { smoothedOffTorch, stepOffTorch } = distances(plain, null);
  return {
    ...{ runs: 1, rows },
    verdicts: [
      atMost(`largest relative deviation from PyTorch, mean of ${WIDTH} steps`, smoothedOffTorch),
      atMost('largest relative deviation from PyTorch, single step', stepOffTorch),
    ],
  };
}

const ends = (losses: readonly number[]) => ({
  firstLoss: losses[0],
  lastLoss: losses.at(-1),
  lastLossSmoothed: smoothed(losses, WIDTH).at(-1),
});

function distances(losses: readonly number[], plain: readonly number[] | null) {
  const offTorch = deviation(losses, recorded.losses);
  return {
    smoothedOffTorch: smoothedDeviation(losses, recorded.losses),
    ...{ stepOffTorch: offTorch.largest, stepFarthestOffTorch: offTorch.step },
    ...(plain && {
      smoothedOffPlain: smoothedDeviation(losses, plain),
      stepOffPlain: deviation(losses, plain).largest,
    }),
  };
}

const smoothedDeviation = (losses: readonly number[], other: readonly number[]): number =>
  deviation(smoothed(losses, WIDTH), smoothed(other, WIDTH)).largest;

const atMost = (name: string, value: number): BenchResult['verdicts'][number] => {
  return { name, value, goal: `<= ${GOAL}`, ok: value <= GOAL };
};
