import { errorCode } from '#protocol/errors.ts';
import { MAX_MANIFEST_BYTES, openManifest } from '#protocol/round/manifest.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD, type UpdateTarget } from '#protocol/update/update-header.ts';
import type { ValidatorDesk } from './validator-desk.ts';

export interface MergedUpdate {
  readonly target: UpdateTarget;
  readonly bytes: Uint8Array;
}

/**
 * What the newest manifest merged, which by now anyone can have fetched: read from the own store, where it was put to make the state, one
 * at a time. What is not there any more is left out, for whoever comes by way of a checkpoint has never had it.
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
  if (replica.manifest === null) return;
  const sealed = await stored(replica.manifest, MAX_MANIFEST_BYTES);
  if (sealed === null) return;
  const { round, entries } = openManifest(sealed).manifest;
  for (const { hotkey: maker, blob, baseRoot } of entries) {
    const bytes = await stored(blob, maxUpdateBytes(run.spec));
    if (bytes !== null) yield { target: { run: run.id, round, shard: ONLY_SHARD, baseRoot, maker }, bytes };
  }
}
