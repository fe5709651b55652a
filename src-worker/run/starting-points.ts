import { errorCode } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { CheckpointPointer } from '#protocol/round/manifest.ts';
import type { ManifestChain } from './manifest-chain.ts';

/** A state from which a manifest can be reached, and how many manifests lie between. */
export interface StartingPoint {
  readonly from: { readonly kind: 'own' } | { readonly kind: 'checkpoint'; readonly pointer: CheckpointPointer };
  /** Step of that state. */
  readonly step: number;
  readonly manifests: number;
}

/** The own state, as far as it matters here. */
interface OwnState {
  readonly step: number;
  /** `null` for the initial weights. */
  readonly manifest: BlobHash | null;
}

/**
 * Every state from which the chain's newest manifest can be reached, the one with the fewest rounds to make first, each told
 * when it is asked for. The own state comes first of all when it is no further back than checkpoints are apart: rounds are far
 * less to fetch than a checkpoint.
 * @param least a state of fewer steps is of no use any more: nothing is read for its sake
 * @throws MillraceError BLOB_MISSING when a manifest is gone, after all points that are reached without it
 */
export async function* startingPoints(
  chain: ManifestChain,
  own: OwnState,
  checkpointEvery: number,
  least: () => number = () => 0,
): AsyncGenerator<StartingPoint> {
  /** By the manifest that gave their state. Nobody has looked whether what a manifest names is there: one must not hide what others name. */
  const pointers = new Map<BlobHash | null, readonly CheckpointPointer[]>();
  /** Nearer than the own state, for when that does not do. */
  const later: StartingPoint[] = [];
  let ownIsAhead: boolean | null = null;
  for (let back = 0; ; back += 1) {
    let link;
    try {
      link = await chain.at(back);
    } catch (error) {
      if (errorCode(error) === 'BLOB_MISSING') yield* later;
      throw error;
    }
    if (link === null) return yield* later;
    const { previous, step, checkpoint } = link.manifest;
    const named = pointers.get(checkpoint.manifest) ?? [];
    if (!named.some((one) => isSame(one, checkpoint))) pointers.set(checkpoint.manifest, [...named, checkpoint]);
    ownIsAhead ??= step > own.step && step - own.step <= checkpointEvery;

    const place = { step: step - 1, manifests: back + 1 };
    const isOwn = previous === own.manifest;
    if (isOwn) yield { from: { kind: 'own' }, ...place };
    for (const pointer of pointers.get(previous) ?? []) {
      const point: StartingPoint = { from: { kind: 'checkpoint', pointer }, ...place };
      if (ownIsAhead && !isOwn) later.push(point);
      else if (!isOwn) yield point;
    }
    if (isOwn || step <= own.step) {
      yield* later.splice(0);
      ownIsAhead = false;
    }
    if (step <= least()) return;
  }
}

const isSame = (a: CheckpointPointer, b: CheckpointPointer): boolean =>
  a.index === b.index && a.step === b.step && a.stateRoot === b.stateRoot;
