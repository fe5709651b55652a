import { ProtocolError } from '#protocol/errors.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { type Manifest, openManifest } from '#protocol/round/manifest.ts';

/** A manifest with its bytes, as they came: they alone prove who signed it. */
export interface SignedManifest {
  readonly hash: BlobHash;
  readonly bytes: Uint8Array;
  readonly signer: Hotkey;
  readonly manifest: Manifest;
}

export type FetchBytes = (hash: BlobHash) => Promise<Uint8Array>;

/** From the manifest `newest` over `previous` to the first one. @throws ProtocolError where one does not follow from the other */
export async function* walkBack(newest: BlobHash, fetchBytes: FetchBytes): AsyncGenerator<SignedManifest, void, void> {
  let after: Manifest | null = null;
  for (let hash: BlobHash | null = newest; hash !== null;) {
    const bytes = await fetchBytes(hash);
    const { validator: signer, manifest } = openManifest(bytes);
    const problem = after === null ? null : linkProblem(manifest, after);
    if (problem !== null) throw new ProtocolError(problem);
    yield { hash, bytes, signer, manifest };
    after = manifest;
    hash = manifest.previous;
  }
}

/** Why `after` cannot be the next manifest after `before`, whatever it says about its hash; `null`: it can. */
export function linkProblem(before: Manifest, after: Manifest): string | null {
  const rounds = `The manifest of round ${after.round} does not follow that of round ${before.round}`;
  if (after.run !== before.run) return `${rounds}: it belongs to another run`;
  if (after.round <= before.round) return rounds;
  if (after.step !== before.step + 1) return `${rounds}: step ${after.step} after step ${before.step}`;
  if (after.baseRoot !== before.stateRoot) return `${rounds}: it starts from another state than that one left`;
  return null;
}
