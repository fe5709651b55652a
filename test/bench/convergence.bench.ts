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

/** The devnet's run: the model `tiny`, 30 inner steps of 8 windows, 64 of 4096 values in 2 bits. */
const base: RunSpec = {
  ...smallRun,
  model: DEVNET_MODEL,
  inner: { steps: 30, batchSize: 8, learningRate: 2e-3, warmupSteps: 30 },
  update: { chunkSize: 4096, topK: 64, bits: 2, quantiser: 'nearest', errorDecay: 0.95 },
};

const VARIANTS: readonly (readonly [string, Partial<RunSpec['inner']>, Partial<RunSpec['update']>])[] = [
  ['H = 10', { steps: 10 }, {}],
  ['H = 60', { steps: 60 }, {}],
  ['k = 32', {}, { topK: 32 }],
  ['k = 128', {}, { topK: 128 }],
  ['1 bit', {}, { bits: 1 }],
  ['4 bits', {}, { bits: 4 }],
];

/**
 * The held-out loss of eight workers that exchange compressed updates after H steps, against one machine with AdamW on the same number
 * of tokens: in the steps of all eight at once (their batches joined, as data-parallel training without any compression), and, as a
 * row without a goal, in eight times as many steps of one worker's batch.
 */
export async function run({ tokens: wished, vary }: Readonly<Record<'tokens' | 'vary', string>>): Promise<BenchResult> {
  const threads = Math.min(2, availableParallelism());
  const tokens = Number(wished);
  const rows: BenchResult['rows'] = [];
  const together = async (name: string, spec: RunSpec): Promise<number> => {
    const rounds = Math.ceil(tokens / (PEERS * spec.inner.steps * tokensPerStep(spec)));
    const startMs = performance.now();
    const onRound = (round: number, loss: number): void =>
      void process.stderr.write(`${name}: round ${round + 1} of ${rounds}, loss ${loss.toFixed(4)}\n`);
    const losses = await trainTogether(spec, { peers: PEERS, rounds, threads, onRound });
    const loss = losses.at(-1) ?? Number.NaN;
    rows.push({ name, rounds, loss, ...spent(PEERS * rounds * spec.inner.steps * tokensPerStep(spec), startMs) });
    return loss;
  };
  const alone = async (name: string, batchSize: number): Promise<number> => {
    const stepTokens = batchSize * base.model.sequenceLength;
    const rounds = Math.ceil(tokens / (PEERS * base.inner.steps * tokensPerStep(base)));
    const steps = (rounds * PEERS * base.inner.steps * base.inner.batchSize) / batchSize;
    const startMs = performance.now();
    const loss = await trainAlone(base, { batchSize, steps, threads });
    rows.push({ name, steps, loss, ...spent(steps * stepTokens, startMs) });
    process.stderr.write(`${name}: loss ${loss.toFixed(4)}\n`);
    return loss;
  };
  const ours = await together('8 workers, H = 30, k = 64, 2 bits', base);
  const theirs = await alone('AdamW, batches of all 8 joined', PEERS * base.inner.batchSize);
  await alone('AdamW, batches of one', base.inner.batchSize);
  if (vary === 'all') {
    for (const [name, inner, update] of VARIANTS) {
      await together(`8 workers, ${name}`, {
        ...base,
        ...{ inner: { ...base.inner, ...inner }, update: { ...base.update, ...update } },
      });
    }
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
