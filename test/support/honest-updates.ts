import { initialGlobalState } from '#protocol/global-state.ts';
import { integerHash } from '#protocol/integer-hash.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import { outerStep } from '#protocol/outer-step.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { decodeUpdateBlob, encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import { readDevnetText } from '../bench/support/text-windows.ts';
import { smallRun, testKey, testRoot, testRunId } from './small-run.ts';

/** Two layers over English bytes. */
export const honestRun: RunSpec = {
  ...smallRun,
  model: {
    ...{ ...smallRun.model, hiddenSize: 32, layers: 2, heads: 2, kvHeads: 2 },
    ...{ headSize: 16, ffnSize: 64, sequenceLength: 32 },
  },
  inner: { steps: 10, batchSize: 8, learningRate: 3e-3, warmupSteps: 0 },
};

export const honestTarget = (round: number) => ({
  ...{ run: testRunId, round, shard: 0, baseRoot: testRoot },
  maker: hotkeyOf(testKey(1)),
});

/**
 * What honest workers hand in: the real engine and compressor on a real text, each worker on windows of its own, all updates merged.
 * @returns the update blobs of each round
 */
export async function honestUpdates(
  peers: number,
  rounds: number,
  steps = honestRun.inner.steps,
): Promise<readonly (readonly Uint8Array[])[]> {
  const { model: config, inner, update } = honestRun;
  const text = await readDevnetText();
  const width = config.sequenceLength + 1;
  const windows = (salt: number): Int32Array =>
    Int32Array.from({ length: steps * inner.batchSize * width }, (_, i) => {
      const start = integerHash(Math.floor(i / width), salt) % (text.length - width);
      return text[start + (i % width)] ?? 0;
    });
  const trainer = await createTrainer({ config, threads: 1, provider: 'cpu', batchSize: inner.batchSize });
  let state = initialGlobalState(honestRun);
  const errors = Array.from({ length: peers }, () => state.parameters.map(({ length }) => new Float32Array(length)));
  const blobs: Uint8Array[][] = [];
  for (let round = 0; round < rounds; round += 1) {
    const header = { ...honestTarget(round), tokens: steps * tokensPerStep(honestRun) };
    const sent: Uint8Array[] = [];
    for (const [peer, error] of errors.entries()) {
      trainer.load(state.parameters);
      if (round === 0) trainer.resetOptimizer(); // each worker's own first step
      await trainer.trainSteps(windows(peers * round + peer), new Array<number>(steps).fill(inner.learningRate));
      const local = await trainer.parameters();
      const differences = state.parameters.map((start, tensor) => start.map((value, i) => value - local[tensor]![i]!));
      sent.push(encodeUpdateBlob(header, compressUpdate(update, differences, error)));
    }
    const contributions = sent.map((blob) => ({ tensors: decodeUpdateBlob(honestRun, header, blob), weight: 1 }));
    state = outerStep(outerRuleAt(honestRun.outer, round), state, contributions);
    blobs.push(sent);
  }
  await trainer.dispose();
  return blobs;
}
