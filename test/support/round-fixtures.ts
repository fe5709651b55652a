import { hashedFloats } from '#protocol/integer-hash.ts';
import type { StateRoot } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { stateTensors } from '#protocol/global-state.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import { outerStep } from '#protocol/outer-step.ts';
import { type Manifest, sealManifest } from '#protocol/round/manifest.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { decodeUpdateBlob, encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import type { LinkedManifest } from '#worker/run/manifest-chain.ts';
import type { Run } from '#worker/run/open-run.ts';
import type { ReplicaState } from '#worker/run/replica.ts';
import type { MemoryBlobs } from './memory-blobs.ts';
import { smallRun, testKey, testRunId } from './small-run.ts';

export const testRun: Run = { id: testRunId, spec: smallRun };
export const validatorKey = testKey(9);
export const tensorSizes = parameterShapes(smallRun.model).map(({ shape }) => elementCount(shape));

/** A valid update blob, made by the real compressor from reproducible numbers. */
export function updateBlob(
  round: number,
  baseRoot: StateRoot,
  seed: number,
  innerSteps = 3,
  maker = hotkeyOf(testKey(1)),
): Uint8Array {
  const differences = tensorSizes.map((size, tensor) => hashedFloats(size, 100 * seed + tensor, 0.01));
  const errors = tensorSizes.map((size) => new Float32Array(size));
  const encoded = compressUpdate(smallRun.update, differences, errors);
  const tokens = innerSteps * tokensPerStep(smallRun);
  return encodeUpdateBlob({ run: testRunId, round, shard: 0, baseRoot, maker, tokens }, encoded);
}

export interface SealedRound extends LinkedManifest {
  /** What the round leaves, computed from the updates and not from the manifest. */
  readonly state: ReplicaState;
}

/** A round with two updates on `before`, of unequal weight unless told; `change` makes the manifest lie. */
export function sealRound(
  blobs: MemoryBlobs,
  before: ReplicaState,
  round: number,
  change: Partial<Manifest> = {},
  signer: KeyPair = validatorKey,
  weights: readonly [number, number] = [1, 3],
): SealedRound {
  const updates = weights.map((weight, index) => {
    const hotkey = hotkeyOf(testKey(index + 1));
    return { hotkey, bytes: updateBlob(round, before.root, 10 * round + index + 1, 3, hotkey), weight };
  });
  const target = { run: testRunId, round, shard: 0, baseRoot: before.root };
  const next = outerStep(
    outerRuleAt(smallRun.outer, before.step),
    before,
    updates.map(({ hotkey: maker, bytes, weight }) => ({
      tensors: decodeUpdateBlob(smallRun, { ...target, maker }, bytes),
      weight,
    })),
  );
  const root = stateRoot(stateTensors(next));
  const manifest: Manifest = {
    ...{ run: testRunId, round, step: before.step + 1, previous: before.manifest, baseRoot: before.root },
    stateRoot: root,
    entries: updates.map(({ hotkey, bytes, weight }) => ({
      hotkey,
      blob: blobs.put(bytes),
      baseRoot: before.root,
      weight,
    })),
    left: [],
    results: updates.map(({ hotkey }) => ({ hotkey, score: 50, reputation: 20, reason: 'fair' })),
    evalLoss: 4.5,
    checkpoint: { step: 0, stateRoot: root, manifest: null, index: null },
    ...change,
  };
  const hash = blobs.put(sealManifest(manifest, signer));
  return { hash, manifest, signer: hotkeyOf(signer), state: { step: before.step + 1, manifest: hash, root, ...next } };
}
