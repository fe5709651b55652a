import { availableParallelism } from 'node:os';
import { DEVNET_MODEL } from '#network/validator/found-run.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { smallRun } from '../support/small-run.ts';
import { trainAlone, trainTogether } from '../support/train-together.ts';

/** `tokens`: in all, of each side. `vary`: whether H, k and bits are varied, once each. */
export const options = { tokens: ['2000000', '500000', '4000000'], vary: ['none', 'all'] } as const;

const PEERS = 8;
const GOAL = 0.02;

/** The devnet's model; H small and everything sent, in 4 bits, as a short run of a small model needs it (docs/CONVERGENCE.md). */
const base: RunSpec = {
  ...smallRun,
  model: DEVNET_MODEL,
  inner: { steps: 5, batchSize: 2, learningRate: 2e-3, warmupSteps: 30 },
  outer: { ...smallRun.outer, mean: 'all' },
  update: { chunkSize: 4096, topK: 4096, bits: 4, quantiser: 'nearest', errorDecay: 0.95 },
};
const changed = (
  inner: Partial<RunSpec['inner']>,
  update: Partial<RunSpec['update']> = {},
  outer = base.outer,
): RunSpec => ({
  ...base,
  ...{ inner: { ...base.inner, ...inner }, update: { ...base.update, ...update }, outer },
});

/** H (other steps to a round are other windows), k and bits varied once each; and the devnet's own rule. */
const VARIANTS: readonly RunSpec[] = [
  changed({ steps: 30 }),
  changed({}, { topK: 1024 }),
  changed({}, { bits: 2 }),
  changed({ steps: 30 }, { topK: 64, bits: 2 }, { ...base.outer, mean: 'senders' }),
];

const nameOf = ({ inner, update, outer }: RunSpec): string =>
  `${PEERS} workers, H = ${inner.steps}, k = ${update.topK}, ${update.bits} bits, mean over ${outer.mean}`;

/**
 * The held-out loss of eight workers that exchange compressed updates after H steps, against one machine with AdamW that trains on
 * the same windows, all workers' batches of a step joined: data-parallel training without any compression.
 */
export async function run({ tokens: wished, vary }: Readonly<Record<'tokens' | 'vary', string>>): Promise<BenchResult> {
  const threads = Math.min(2, availableParallelism());
  const tokens = Number(wished);
  const rows: BenchResult['rows'] = [];
  const tokensOf = (spec: RunSpec, rounds: number): number => PEERS * rounds * spec.inner.steps * tokensPerStep(spec);
  const roundsFor = (spec: RunSpec): number => Math.ceil(tokens / tokensOf(spec, 1));
  const together = async (name: string, spec: RunSpec): Promise<number> => {
    const rounds = roundsFor(spec);
    const startMs = performance.now();
    const onRound = (round: number, loss: number): void =>
      void process.stderr.write(`${name}: round ${round + 1} of ${rounds}, loss ${loss.toFixed(4)}\n`);
    const losses = await trainTogether(spec, { peers: PEERS, rounds, threads, onRound });
    const loss = losses.at(-1) ?? Number.NaN;
    rows.push({ name, rounds, loss, ...spent(tokensOf(spec, rounds), startMs) });
    return loss;
  };
  const alone = async (spec: RunSpec): Promise<number> => {
    const name = `one machine, AdamW, on the windows of H = ${spec.inner.steps} in the same order`;
    const rounds = roundsFor(spec);
    const startMs = performance.now();
    const loss = await trainAlone(spec, { peers: PEERS, rounds, threads });
    rows.push({ name, steps: rounds * spec.inner.steps, loss, ...spent(tokensOf(spec, rounds), startMs) });
    process.stderr.write(`${name}: loss ${loss.toFixed(4)}\n`);
    return loss;
  };
  const ours = await together(nameOf(base), base);
  const theirs = await alone(base);
  if (vary === 'all') {
    for (const spec of VARIANTS) await together(nameOf(spec), spec);
    await alone(changed({ steps: 30 }));
  }
  const value = ours / theirs - 1;
  return {
    runs: 1,
    rows,
    verdicts: [
      { name: 'held-out loss of 8 workers over that of one machine', value, goal: `<= ${GOAL}`, ok: value <= GOAL },
    ],
  };
}

const spent = (tokens: number, startMs: number) => ({ tokens, seconds: (performance.now() - startMs) / 1000 });
