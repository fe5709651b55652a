import { utf8 } from '#protocol/bytes.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { maxUpdateBytes, openUpdateBlob } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD } from '#protocol/update/update-header.ts';
import { sourcesOf } from '#worker/run/roster.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/**
 * What is wrong with updates that a manifest merges and that were not judged here: their worker may have shown them to the lead alone, and
 * then nobody else has measured them; or they were taken for copies, which the lead may see the other way round. As many as are measured in a round are measured now; which, is drawn by each validator for itself.
 * @param hash of a manifest that was recomputed here: all that it merges can be had and read
 * @returns `null` when there is nothing to object
 */
export async function strangerProblem(
  { ports, run, roster, own }: ValidatorDesk,
  { updates, copies, gainOf }: RoundWork,
  { hash, manifest }: { readonly hash: BlobHash; readonly manifest: Manifest },
  signal: AbortSignal,
): Promise<string | null> {
  const known = new Set(updates.flatMap(({ hotkey, blob }) => (copies.has(hotkey) ? [] : [blob])));
  const strangers = manifest.entries.filter(({ blob }) => !known.has(blob));
  if (strangers.length === 0 || gainOf === null) return null;
  const drawn = strangers
    .map((entry) => ({ entry, draw: blobHash(utf8(`${own} ${hash} ${entry.hotkey}`)) }))
    .toSorted((a, b) => (a.draw < b.draw ? -1 : 1))
    .slice(0, run.spec.evaluation.workers);
  for (const { entry } of drawn) {
    const { hotkey, blob, baseRoot } = entry;
    const bytes = await ports.blobs.get(blob, {
      ...{ from: sourcesOf(roster, own), maxBytes: maxUpdateBytes(run.spec), signal },
    });
    const target = { run: run.id, round: manifest.round, shard: ONLY_SHARD, baseRoot, maker: hotkey };
    const gain = await gainOf(hotkey, openUpdateBlob(run.spec, target, bytes));
    if (gain < -2 * run.spec.scoring.noiseLimit)
      return `it merges an update of ${hotkey} that ${copies.has(hotkey) ? 'is a copy' : 'did not come here'} and does harm`;
  }
  return null;
}
