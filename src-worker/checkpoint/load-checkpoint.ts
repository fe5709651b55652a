import { decodeCheckpointIndex, maxCheckpointIndexBytes } from '#protocol/checkpoint/checkpoint-index.ts';
import { checkpointParts, decodePart, stateShapes } from '#protocol/checkpoint/checkpoint-parts.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { hasMomentum } from '#protocol/global-state.ts';
import { elementCount } from '#protocol/model-shape.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import type { BlobSource } from '../run/blob-source.ts';
import type { Run } from '../run/open-run.ts';
import { globalStateRoot, initialState, type ReplicaState } from '../run/replica.ts';

export interface LoadOptions {
  /** Multiaddrs to fetch from. */
  readonly from: readonly string[];
  readonly signal: AbortSignal;
  readonly onProgress?: ((detail: string) => void) | undefined;
}

/**
 * The state that a signed manifest points to, fetched part by part and checked against the manifest's root.
 * @throws MillraceError BLOB_MISSING; ProtocolError when it is not the state that was signed
 */
export async function loadCheckpoint(
  run: Run,
  blobs: BlobSource,
  pointer: CheckpointPointer,
  { from, signal, onProgress }: LoadOptions,
): Promise<ReplicaState> {
  if (pointer.index === null) {
    const initial = await initialState(run);
    return checked(pointer, initial);
  }
  const what = `loading the checkpoint of step ${pointer.step}`;
  onProgress?.(what);
  const maxBytes = maxCheckpointIndexBytes(run.spec);
  const index = decodeCheckpointIndex(run, pointer, await blobs.get(pointer.index, { from, maxBytes, signal }));
  const parts = checkpointParts(run.spec);
  const tensors = stateShapes(run.spec).map(({ shape }) => new Float32Array(elementCount(shape)));
  for (const [i, part] of parts.entries()) {
    const hash = index.parts[i];
    if (hash === undefined) throw new RangeError(`The index names no part ${i}`);
    if (parts.length > 1) onProgress?.(`${what}: part ${i + 1} of ${parts.length}`);
    decodePart(part, await blobs.get(hash, { from, maxBytes: part.sizeBytes, signal }), tensors);
  }
  const count = hasMomentum(run.spec) ? tensors.length / 2 : tensors.length;
  const state = { parameters: tensors.slice(0, count), momentum: tensors.slice(count) };
  const root = await globalStateRoot(state);
  return checked(pointer, { step: pointer.step, manifest: pointer.manifest, root, ...state });
}

function checked(pointer: CheckpointPointer, state: ReplicaState): ReplicaState {
  if (state.root === pointer.stateRoot) return state;
  const what = `The checkpoint of step ${pointer.step} has root ${state.root}`;
  throw new ProtocolError(`${what}, its manifest says ${pointer.stateRoot}`);
}
