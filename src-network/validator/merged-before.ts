import { errorCode } from '#protocol/errors.ts';
import { MAX_MANIFEST_BYTES, openManifest } from '#protocol/round/manifest.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD, type UpdateTarget } from '#protocol/update/update-header.ts';
import type { ValidatorDesk } from './validator-desk.ts';

export interface MergedUpdate {
  readonly target: UpdateTarget;
  readonly bytes: Uint8Array;
}

/** Manifests that are looked at: an update of some rounds ago still helps a little, and would be paid as new work. */
const ROUNDS_BACK = 3;
/** Of older manifests no more is read, whatever they merged: judging a round must not take a lead's turn. */
const MAX_OLDER_UPDATES = 512;
const MAX_OLDER_BYTES = 256 * 1024 * 1024;

/**
 * What the newest manifests merged, which by now anyone can have fetched: read from the own store, where it was put to make the state, one
 * at a time, the newest manifest first. What is not there any more is left out, for whoever comes by way of a checkpoint has never had it.
 */
export async function* mergedBefore({
  ports,
  run,
  replica,
  signal,
}: Pick<ValidatorDesk, 'ports' | 'run' | 'replica' | 'signal'>): AsyncGenerator<MergedUpdate> {
  const own = { from: [], onlyFrom: true, signal };
  const stored = async (hash: Parameters<typeof ports.blobs.get>[0], maxBytes: number): Promise<Uint8Array | null> => {
    try {
      return await ports.blobs.get(hash, { ...own, maxBytes });
    } catch (error) {
      if (errorCode(error) !== 'BLOB_MISSING') throw error;
      return null;
    }
  };
  let [older, olderBytes] = [0, 0];
  for (let back = 0, next = replica.manifest; back < ROUNDS_BACK && next !== null; back += 1) {
    const sealed = await stored(next, MAX_MANIFEST_BYTES);
    if (sealed === null) return;
    const { round, entries, previous } = openManifest(sealed).manifest;
    for (const { hotkey: maker, blob, baseRoot } of entries) {
      if (older >= MAX_OLDER_UPDATES || olderBytes >= MAX_OLDER_BYTES) return;
      const bytes = await stored(blob, maxUpdateBytes(run.spec));
      if (bytes === null) continue;
      if (back > 0) [older, olderBytes] = [older + 1, olderBytes + bytes.length];
      yield { target: { run: run.id, round, shard: ONLY_SHARD, baseRoot, maker }, bytes };
    }
    next = previous;
  }
}
