/**
 * What pins may take of the store's quota, so that there is always room for the updates and manifests of the next round: without
 * that no step would ever be made again, and no pin let go.
 */
/** A checkpoint, the newest written whole or in part. */
export const CHECKPOINT_QUOTA_SHARE = 0.2;
/** The newest two checkpoints and what leads on from them. */
export const HISTORY_QUOTA_SHARE = 0.5;
/** What was used in the newest rounds. */
export const ROUNDS_QUOTA_SHARE = 0.15;

/** The first of these blobs, as many as fit; what is not in the store takes nothing. */
export function fitting<Hash>(
  hashes: Iterable<Hash>,
  sizeOf: (hash: Hash) => number | null,
  mostBytes: number,
): readonly Hash[] {
  let bytes = 0;
  const kept: Hash[] = [];
  for (const hash of hashes) {
    const sizeBytes = sizeOf(hash) ?? 0;
    if (bytes + sizeBytes > mostBytes) continue;
    bytes += sizeBytes;
    kept.push(hash);
  }
  return kept;
}
