import { availableParallelism, loadavg } from 'node:os';
import { integerHashes } from '#protocol/integer-hash.ts';
import { parameterCount } from '#protocol/model-shape.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { ENGINE_CONFIGS } from './support/engine-configs.ts';
import type { EngineRequests } from './support/engine-side.ts';
import { engineVerdicts, overhead, slowestRunMs, type EngineSample } from './support/engine-verdicts.ts';
import { Measurements } from './support/measurements.ts';
import { median } from './support/median.ts';
import { startSide, type Requests, type Steps } from './support/side.ts';
import { runTorch, TORCH_WARM_UP_STEPS } from './support/torch-peer.ts';

/** The first value of each is taken when none is given. */
export const options = { config: ['small', 'medium', 'tiny'], threads: ['2', '1'] } as const;

const PAIRS = 5;
const LEARNING_RATE = 1e-3;
const STOPS = 12;
const TFJS_NOTE =
  'threads: it has no more in Node; AdamW by hand; products transpose first and the embedding’s gradient is a ScatterNd, ' +
  'because its own gradients are slower or missing';

/**
 * The training step of the engine against PyTorch, eager and compiled, and against TensorFlow.js: time, peak memory of the
 * process, and what only ours can be asked: how long its runs are, how soon it stops, what our code costs.
 */
export async function run({ config: name, threads: wished }: Readonly<Record<'config' | 'threads', string>>) {
  const { model: config, batchSize, stepsPerPair, tfjsPairs } = ENGINE_CONFIGS[name as keyof typeof ENGINE_CONFIGS];
  const threads = Math.min(Number(wished), availableParallelism());
  const [loadAverage] = loadavg();
  const ours = new Measurements<EngineSample>('millrace');
  const eager = new Measurements('torch eager');
  const compiled = new Measurements('torch compile');
  const tfjs = new Measurements('tfjs wasm');
  const opened = { config, batchSize, threads, learningRate: LEARNING_RATE };
  const torch = async (compile: boolean) => {
    return { ...(await runTorch({ config: name, threads, steps: stepsPerPair, compile })), threads };
  };
  const oursSide = startSide<EngineRequests>('engine');
  const tfjsSide = startSide<Requests>('tfjs');
  try {
    await oursSide.ask('open', opened);
    const { loss: firstLoss } = await oursSide.ask('steps', { count: 1 });
    // As many steps as the PyTorch program takes, so that the losses compare; the trainer settles its runs meanwhile.
    const { loss: lastLoss } = await oursSide.ask('steps', { count: TORCH_WARM_UP_STEPS + stepsPerPair - 1 });
    let tfjsFirstLoss = NaN;
    for (let pair = 0; pair < PAIRS; pair++) {
      await ours.measure(async () => withMedian(await oursSide.ask('steps', { count: stepsPerPair })));
      await eager.measure(() => torch(false));
      await compiled.measure(() => torch(true));
      if (pair < tfjsPairs) {
        await tfjs.measure(async () => {
          if (pair === 0) {
            await tfjsSide.ask('open', opened);
            tfjsFirstLoss = (await tfjsSide.ask('steps', { count: 1 })).loss;
          }
          return withMedian(await tfjsSide.ask('steps', { count: 1 }));
        });
      }
      process.stderr.write(`${pair + 1} of ${PAIRS} pairs are done\n`);
    }
    const stopsMs = await oursSide.ask('stops', {
      shares: Array.from(integerHashes(STOPS, 5), (hash) => hash / 2 ** 32),
    });
    const tokens = batchSize * config.sequenceLength;
    const rows: BenchResult['rows'] = [
      { name: `${name} before`, loadAverage, parameters: parameterCount(config), batchSize, stepsPerPair },
      ours.row(tokens, {
        ...{ runsPerStep: ours.samples.at(-1)?.runsPerStep, slowestRunMs: slowestRunMs(ours) },
        ...{ overhead: overhead(ours), slowestStopMs: Math.max(...stopsMs), medianStopMs: median(stopsMs) },
      }),
      eager.row(tokens, { lossDifference: Math.abs((eager.samples[0]?.loss ?? NaN) - lastLoss) }),
      compiled.row(tokens, { lossDifference: Math.abs((compiled.samples[0]?.loss ?? NaN) - lastLoss) }),
      tfjs.row(tokens, { stepsPerPair: 1, lossDifference: Math.abs(tfjsFirstLoss - firstLoss), note: TFJS_NOTE }),
    ];
    const what = `${name}, ${threads} ${threads === 1 ? 'thread' : 'threads'}`;
    return { runs: PAIRS, rows, verdicts: engineVerdicts(what, { ours, eager, compiled, tfjs, stopsMs }) };
  } finally {
    oursSide.end();
    tfjsSide.end();
  }
}

const withMedian = <S extends Steps>(steps: S) => ({ ...steps, secondsPerStep: median(steps.seconds) });
