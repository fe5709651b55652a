import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { CheckpointPointer, Manifest } from '#protocol/round/manifest.ts';

/** The way from a known state to the newest manifest: where to start, then every manifest in the order to apply. */
export interface ManifestPath {
  readonly start: { readonly kind: 'own' } | { readonly kind: 'checkpoint'; readonly checkpoint: CheckpointPointer };
  readonly manifests: readonly LinkedManifest[];
}

export interface LinkedManifest {
  readonly hash: BlobHash;
  readonly manifest: Manifest;
}

/** Checkpoints come far more often; a longer chain is a lie or a run that nobody can join. */
const MAX_STEPS_BACK = 10_000;

/**
 * Walks back from `target` over `previous` until it meets the own state or the target's checkpoint, whichever comes first.
 * A missing link is an error that names it: rounds are never skipped in silence.
 *
 * @param own manifest whose state the caller has; `null` is the initial state, `undefined` no state at all
 */
export async function findManifestPath(
  target: BlobHash,
  own: BlobHash | null | undefined,
  fetchManifest: (hash: BlobHash) => Promise<Manifest>,
): Promise<ManifestPath> {
  const manifests: LinkedManifest[] = [];
  let hash = target;
  let checkpoint: CheckpointPointer | null = null;
  for (;;) {
    const manifest = await fetchManifest(hash);
    checkpoint ??= manifest.checkpoint;
    const after = manifests[0]?.manifest;
    if (after !== undefined && (after.step !== manifest.step + 1 || after.round <= manifest.round)) {
      throw new MillraceError(
        'PROTOCOL',
        `Manifest of round ${after.round} does not follow that of round ${manifest.round}`,
      );
    }
    manifests.unshift({ hash, manifest });
    if (manifest.previous === own) return { start: { kind: 'own' }, manifests };
    if (manifest.previous === null || manifest.previous === checkpoint.manifest) {
      return { start: { kind: 'checkpoint', checkpoint }, manifests };
    }
    if (manifests.length >= MAX_STEPS_BACK) {
      throw new MillraceError(
        'PROTOCOL',
        `No checkpoint within ${MAX_STEPS_BACK} manifests before round ${manifest.round}`,
      );
    }
    hash = manifest.previous;
  }
}
