import { initialGlobalState } from '#protocol/global-state.ts';
import { integerHash } from '#protocol/integer-hash.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import { outerStep } from '#protocol/outer-step.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { decodeUpdateBlob, encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { createEvaluator, type Evaluator } from '#worker/engine/evaluator.ts';
import { createTrainer, type Trainer } from '#worker/engine/trainer.ts';
import { learningRateAt } from '#worker/round/train-round.ts';
import { readDevnetText } from '../bench/support/text-windows.ts';
import { testKey, testRoot, testRunId } from './small-run.ts';

const HELD_OUT_WINDOWS = 128;
/** The last eighth of the text is never trained on. */
const TRAINED_SHARE = 7 / 8;

export interface TrainingCourse {
  readonly peers: number;
  readonly rounds: number;
  readonly threads?: number;
  /** Told the held-out loss after each round. */
  readonly onRound?: (round: number, loss: number) => void;
}

/**
 * Rounds of some peers by the real engine, compressor, update format and outer step on a real text.
 * @returns the held-out loss before the first round and after each, nats per byte
 */
export async function trainTogether(spec: RunSpec, course: TrainingCourse): Promise<readonly number[]> {
  const { inner, outer } = spec;
  const { peers, rounds, threads = 1 } = course;
  const text = await readDevnetText();
  const trainers: Trainer[] = [];
  for (let peer = 0; peer < peers; peer += 1) trainers.push(await openTrainer(spec, inner.batchSize, threads));
  const evaluator = await openEvaluator(spec, threads);
  const heldOut = heldOutTokens(text, spec);

  let state = initialGlobalState(spec);
  const errors = trainers.map(() => state.parameters.map(({ length }) => new Float32Array(length)));
  const losses = [await evaluator.loss(state.parameters, heldOut)];
  for (let round = 0; round < rounds; round += 1) {
    const contributions = [];
    for (const [peer, trainer] of trainers.entries()) {
      trainer.load(state.parameters);
      const tokens = trainedTokens(text, spec, inner.steps * inner.batchSize, 1 + peers * round + peer);
      await trainer.trainSteps(tokens, ratesOf(spec, round));
      const local = await trainer.parameters();
      const differences = state.parameters.map((start, tensor) => start.map((value, i) => value - local[tensor]![i]!));
      const target = { run: testRunId, round, shard: 0, baseRoot: testRoot, maker: hotkeyOf(testKey(1)) };
      const header = { ...target, tokens: tokensPerStep(spec) };
      const blob = encodeUpdateBlob(header, compressUpdate(spec.update, differences, errors[peer]!));
      contributions.push({ tensors: decodeUpdateBlob(spec, header, blob), weight: 1 });
    }
    state = outerStep(outerRuleAt(outer, round), state, contributions);
    losses.push(await evaluator.loss(state.parameters, heldOut));
    course.onRound?.(round, losses.at(-1) ?? Number.NaN);
  }
  await Promise.all([...trainers, evaluator].map((part) => part.dispose()));
  return losses;
}

/**
 * One machine alone: AdamW without rounds, updates or compression, on the very windows that the peers train on, all peers' batches
 * of a step in one.
 * @returns the held-out loss at the end, nats per byte
 */
export async function trainAlone(
  spec: RunSpec,
  { peers, rounds, threads = 1, onRound }: TrainingCourse,
): Promise<number> {
  const { inner } = spec;
  const text = await readDevnetText();
  const trainer = await openTrainer(spec, peers * inner.batchSize, threads);
  const evaluator = await openEvaluator(spec, threads);
  const heldOut = heldOutTokens(text, spec);
  trainer.load(initialGlobalState(spec).parameters);
  for (let round = 0; round < rounds; round += 1) {
    const ofPeers = Array.from({ length: peers }, (_, peer) =>
      trainedTokens(text, spec, inner.steps * inner.batchSize, 1 + peers * round + peer),
    );
    await trainer.trainSteps(joinedSteps(ofPeers, inner.steps), ratesOf(spec, round));
    if (onRound !== undefined) onRound(round, await evaluator.loss(await trainer.parameters(), heldOut));
  }
  const loss = await evaluator.loss(await trainer.parameters(), heldOut);
  await Promise.all([trainer.dispose(), evaluator.dispose()]);
  return loss;
}

/** The batches of a step one after the other. */
function joinedSteps(ofPeers: readonly Int32Array[], steps: number): Int32Array {
  const size = (ofPeers[0]?.length ?? 0) / steps;
  const joined = new Int32Array(ofPeers.length * steps * size);
  for (let step = 0; step < steps; step += 1) {
    for (const [peer, tokens] of ofPeers.entries()) {
      joined.set(tokens.subarray(step * size, (step + 1) * size), (step * ofPeers.length + peer) * size);
    }
  }
  return joined;
}

const ratesOf = ({ inner }: RunSpec, round: number): readonly number[] =>
  Array.from({ length: inner.steps }, (_, i) => learningRateAt(inner, round * inner.steps + i));

const openTrainer = ({ model: config }: RunSpec, batchSize: number, threads: number): Promise<Trainer> =>
  createTrainer({ config, batchSize, threads, provider: 'cpu' });

const openEvaluator = ({ model: config }: RunSpec, threads: number): Promise<Evaluator> =>
  createEvaluator({ config, batchSize: HELD_OUT_WINDOWS, threads, provider: 'cpu' });

const heldOutTokens = (text: Uint8Array, spec: RunSpec): Int32Array =>
  tokensFrom(text.subarray(Math.floor(TRAINED_SHARE * text.length)), spec, HELD_OUT_WINDOWS, 0);

const trainedTokens = (text: Uint8Array, spec: RunSpec, count: number, salt: number): Int32Array =>
  tokensFrom(text.subarray(0, Math.floor(TRAINED_SHARE * text.length)), spec, count, salt);

/** Windows from hashed places. */
function tokensFrom(text: Uint8Array, { model: { sequenceLength } }: RunSpec, count: number, salt: number): Int32Array {
  return Int32Array.from({ length: count * (sequenceLength + 1) }, (_, i) => {
    const [row, column] = [Math.floor(i / (sequenceLength + 1)), i % (sequenceLength + 1)];
    return text[(integerHash(row, salt) % (text.length - sequenceLength)) + column] ?? 0;
  });
}
