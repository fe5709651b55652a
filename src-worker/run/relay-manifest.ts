import { setTimeout as pause } from 'node:timers/promises';
import { utf8 } from '#protocol/bytes.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { MAX_MANIFEST_BYTES } from '#protocol/round/manifest.ts';
import type { BlobSource } from './blob-source.ts';
import type { Roster } from './roster.ts';

/** To how many others a node passes a manifest on. */
export const RELAY_WIDTH = 8;
/** How long one waits for who passes it on, before the validators are asked. */
const RELAY_WAIT_MS = 3_000;
const ASK_AGAIN_MS = 300;

/**
 * Where a worker asks for a manifest first. Everyone learns of it from the same block, and it names every worker: if all asked the
 * lead, what that sends would grow with the square of their number. In an order that the manifest's hash draws, the first eight ask
 * the validators, and each passes it on to eight others.
 * @returns an address; `null` for those who ask the validators
 */
export function relayOf({ members }: Roster, own: Hotkey, manifest: BlobHash): string | null {
  const workers = members.flatMap(({ neuron: { hotkey, validatorPermit }, commitment: { address } }) =>
    validatorPermit || address === null ? [] : [{ hotkey, address, draw: blobHash(utf8(`${manifest} ${hotkey}`)) }],
  );
  const order = workers.toSorted((a, b) => (a.draw < b.draw ? -1 : 1));
  const place = order.findIndex(({ hotkey }) => hotkey === own);
  return order[Math.floor(place / RELAY_WIDTH) - 1]?.address ?? null;
}

/** Waits for a manifest where it is on its way; what does not come in time is asked of others, as if nobody had been asked. */
export async function awaitRelayed(
  blobs: BlobSource,
  manifest: BlobHash,
  address: string,
  signal: AbortSignal,
): Promise<void> {
  const ends = AbortSignal.any([signal, AbortSignal.timeout(RELAY_WAIT_MS)]);
  while (!ends.aborted) {
    try {
      await blobs.get(manifest, { from: [address], onlyFrom: true, maxBytes: MAX_MANIFEST_BYTES, signal: ends });
      return;
    } catch {
      await pause(ASK_AGAIN_MS, undefined, { signal: ends }).catch(() => undefined);
    }
  }
}
