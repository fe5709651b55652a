import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { errorMessage } from '#protocol/errors.ts';
import { initialWeights } from '#protocol/initial-weights.ts';
import { integerHashes } from '#protocol/integer-hash.ts';
import { parameterCount } from '#protocol/model-shape.ts';
import { DEVNET_MODEL } from '#network/validator/found-run.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { median } from './support/median.ts';

const BATCH_SIZE = 8;
const WARM_UP_STEPS = 3;
const STEPS = 20;
const PAIRS = 5;
const PEER_TIMEOUT_MS = 120_000;
const GOAL_SECONDS_PER_STEP = 0.25;

/** The command line of the PyTorch program (see the README of the peers), split at spaces; without it the row is skipped. */
const PEER_COMMAND = process.env['MILLRACE_BENCH_TORCH_LLAMA'];

/** Seconds of one fused training step, ours against PyTorch eager, in alternating runs: medians of the medians. */
export async function run(): Promise<BenchResult> {
  const rows: BenchResult['rows'] = [];
  const verdicts: BenchResult['verdicts'] = [];
  for (const threads of [1, 2].filter((count) => count <= availableParallelism())) {
    const { ours, peer, skipped } = await compare(threads);
    rows.push(row('millrace', threads, ours));
    rows.push(skipped === null ? row('torch eager', threads, peer) : { name: 'torch eager', threads, skipped });
    const plural = threads === 1 ? 'thread' : 'threads';
    if (skipped === null) {
      const value = median(peer) / median(ours);
      verdicts.push({
        name: `tokens/s ÷ torch eager, tiny, ${threads} ${plural}`,
        value,
        goal: '>= 1',
        ok: value >= 1,
      });
    }
    if (threads === 1) {
      const value = median(ours);
      const goal = `< ${GOAL_SECONDS_PER_STEP}`;
      verdicts.push({ name: 'seconds per step, tiny, 1 thread', value, goal, ok: value < GOAL_SECONDS_PER_STEP });
    }
  }
  return { runs: PAIRS, rows, verdicts };
}

async function compare(
  threads: number,
): Promise<{ readonly ours: readonly number[]; readonly peer: readonly number[]; readonly skipped: string | null }> {
  const trainer = await createTrainer({ config: DEVNET_MODEL, batchSize: BATCH_SIZE, threads, provider: 'cpu' });
  trainer.load(initialWeights(DEVNET_MODEL, 0));
  const window = BATCH_SIZE * (DEVNET_MODEL.sequenceLength + 1);
  let next = 0;
  const step = async (): Promise<number> => {
    const tokens = Int32Array.from(integerHashes(window, 7, next++ * window), (hash) => hash % DEVNET_MODEL.vocabSize);
    const start = performance.now();
    await trainer.trainStep(tokens, 1e-3);
    return (performance.now() - start) / 1000;
  };
  try {
    for (let warmUp = 0; warmUp < WARM_UP_STEPS; warmUp++) await step();
    const ours: number[] = [];
    const peer: number[] = [];
    let skipped = PEER_COMMAND === undefined ? 'MILLRACE_BENCH_TORCH_LLAMA is not set' : null;
    for (let pair = 0; pair < PAIRS; pair++) {
      const times: number[] = [];
      for (let count = 0; count < STEPS; count++) times.push(await step());
      ours.push(median(times));
      if (skipped !== null || PEER_COMMAND === undefined) continue;
      try {
        peer.push(await peerSecondsPerStep(PEER_COMMAND, threads));
      } catch (error) {
        skipped = errorMessage(error);
      }
    }
    return { ours, peer, skipped };
  } finally {
    await trainer.dispose();
  }
}

/** The median over the peer's own steps; it warms up for three steps like ours. */
async function peerSecondsPerStep(command: string, threads: number): Promise<number> {
  const [program = '', ...leading] = command.split(' ');
  // Its name for the devnet's model.
  const settings = ['--config', 'tiny', '--threads', String(threads), '--steps', String(STEPS)];
  const { stdout } = await promisify(execFile)(program, [...leading, ...settings], { timeout: PEER_TIMEOUT_MS });
  const reply: unknown = JSON.parse(stdout);
  if (typeof reply === 'object' && reply !== null && 'secondsPerStep' in reply) {
    if (typeof reply.secondsPerStep === 'number') return reply.secondsPerStep;
  }
  throw new Error(`The peer reported no secondsPerStep: ${stdout.slice(0, 200)}`);
}

function row(name: string, threads: number, seconds: readonly number[]): BenchResult['rows'][number] {
  const middle = median(seconds);
  return {
    name,
    threads,
    tokensPerSecond: (BATCH_SIZE * DEVNET_MODEL.sequenceLength) / middle,
    secondsPerStep: middle,
    leastSecondsPerStep: Math.min(...seconds),
    mostSecondsPerStep: Math.max(...seconds),
    parameters: parameterCount(DEVNET_MODEL),
  };
}
