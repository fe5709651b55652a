import { initialGlobalState } from '#protocol/global-state.ts';
import { integerHash } from '#protocol/integer-hash.ts';
import { outerRuleAt, type OuterSchedule } from '#protocol/outer-rule.ts';
import { outerStep } from '#protocol/outer-step.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { decodeUpdateBlob, encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { createEvaluator } from '#worker/engine/evaluator.ts';
import { createTrainer, type Trainer } from '#worker/engine/trainer.ts';
import { readDevnetText } from '../bench/support/text-windows.ts';
import { smallRun, testRoot, testRunId } from './small-run.ts';

const PEERS = 3;
const HELD_OUT_WINDOWS = 32;
/** Two layers over English bytes: small enough for a test, large enough to learn. */
const base: RunSpec = {
  ...smallRun,
  model: {
    ...smallRun.model,
    hiddenSize: 32,
    layers: 2,
    heads: 2,
    kvHeads: 2,
    headSize: 16,
    ffnSize: 64,
    sequenceLength: 32,
  },
  inner: { steps: 10, batchSize: 8, learningRate: 3e-3, warmupSteps: 0 },
};

/**
 * Rounds of three peers by the real engine, compressor, update format and outer step on a real text.
 * @returns the held-out loss before the first round and after each, nats per byte
 */
export async function trainTogether(outer: OuterSchedule, rounds: number): Promise<readonly number[]> {
  const spec: RunSpec = { ...base, outer: { ...base.outer, ...outer } };
  const { model: config, inner } = spec;
  const text = await readDevnetText();
  const windows = (count: number, salt: number): Int32Array =>
    Int32Array.from({ length: count * (config.sequenceLength + 1) }, (_, i) => {
      const [row, column] = [Math.floor(i / (config.sequenceLength + 1)), i % (config.sequenceLength + 1)];
      // The last eighth is never trained on.
      const border = Math.floor((7 * text.length) / 8);
      const [from, to] = salt === 0 ? [border, text.length] : [0, border];
      return text[from + (integerHash(row, salt) % (to - from - config.sequenceLength)) + column] ?? 0;
    });

  const device = { config, threads: 1, provider: 'cpu' } as const;
  const trainers: Trainer[] = [];
  for (let peer = 0; peer < PEERS; peer += 1) {
    trainers.push(await createTrainer({ ...device, batchSize: inner.batchSize }));
  }
  const evaluator = await createEvaluator({ ...device, batchSize: HELD_OUT_WINDOWS });
  const heldOut = windows(HELD_OUT_WINDOWS, 0);

  let state = initialGlobalState(spec);
  const errors = trainers.map(() => state.parameters.map(({ length }) => new Float32Array(length)));
  const losses = [await evaluator.loss(state.parameters, heldOut)];
  for (let round = 0; round < rounds; round += 1) {
    const contributions = [];
    for (const [peer, trainer] of trainers.entries()) {
      trainer.load(state.parameters);
      const tokens = windows(inner.steps * inner.batchSize, 1 + PEERS * round + peer);
      await trainer.trainSteps(tokens, new Array<number>(inner.steps).fill(inner.learningRate));
      const local = await trainer.parameters();
      const differences = state.parameters.map((start, tensor) => start.map((value, i) => value - local[tensor]![i]!));
      const header = { run: testRunId, round, shard: 0, baseRoot: testRoot, tokens: tokensPerStep(spec) };
      const blob = encodeUpdateBlob(header, compressUpdate(spec.update, differences, errors[peer]!));
      contributions.push({ tensors: decodeUpdateBlob(spec, header, blob), weight: 1 });
    }
    state = outerStep(outerRuleAt(outer, round), state, contributions);
    losses.push(await evaluator.loss(state.parameters, heldOut));
  }
  await Promise.all([...trainers, evaluator].map((part) => part.dispose()));
  return losses;
}
