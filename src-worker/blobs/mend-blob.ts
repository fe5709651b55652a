import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import type { BlobSources } from './blob-sources.ts';
import type { PartialBlob } from './partial-blob.ts';

export interface MendOptions {
  readonly hash: BlobHash;
  readonly sources: BlobSources;
  readonly signal: AbortSignal;
  /** Who gave which piece; changed as pieces are replaced. */
  readonly givers: Map<number, string>;
}

/**
 * Replaces the wrong pieces of a blob that has all its bytes but not its hash. Only the hash of the whole can be trusted, so each
 * source is taken at its word in turn: the pieces that differ from what it says are fetched from it again. If that makes the
 * blob, it told the truth, and whoever gave those pieces is named. If not, it is named itself.
 * @returns whether the blob is right now. @throws MillraceError STORAGE, ABORTED
 */
export async function mendBlob(partial: PartialBlob, options: MendOptions): Promise<boolean> {
  const { sources, givers, signal } = options;
  const named = new Set<string>();
  const known = [...new Set(givers.values())];
  for (
    let address = known.shift() ?? sources.takeNext();
    address !== null;
    address = known.shift() ?? sources.takeNext()
  ) {
    signal.throwIfAborted();
    const before = new Map(givers);
    const replaced = await replaceBy(address, partial, options);
    if (replaced === null) continue;
    if ((await partial.hash()) === options.hash) {
      const liars = new Set(replaced.flatMap((piece) => before.get(piece) ?? []));
      for (const liar of liars) if (!named.has(liar)) sources.fail(liar, mismatch(options.hash));
      return true;
    }
    sources.fail(address, mismatch(options.hash));
    named.add(address);
  }
  return false;
}

/** Replaces what differs from the source's word; the pieces, or null when it could not be asked. */
async function replaceBy(
  address: string,
  partial: PartialBlob,
  options: MendOptions,
): Promise<readonly number[] | null> {
  const { sources, givers, signal } = options;
  const replaced: number[] = [];
  const writing = { failed: false };
  const keep = async (piece: number, bytes: Uint8Array): Promise<void> => {
    writing.failed = true;
    await partial.write(piece, bytes);
    writing.failed = false;
    givers.set(piece, address);
    replaced.push(piece);
  };
  try {
    const asker = await sources.open(address);
    try {
      if (asker.sizeBytes !== partial.sizeBytes) {
        asker.end();
        sources.setAside(address);
        return null;
      }
      for (const [piece, claimed] of (await asker.hashes()).entries()) {
        if ((await partial.hashOf(piece)).equals(claimed)) continue;
        const range = partial.rangeOf(piece);
        await asker.ask(range);
        const bytes = new Uint8Array(range.sizeBytes);
        await asker.answer(bytes);
        await keep(piece, bytes);
      }
      asker.end();
      return replaced;
    } catch (error) {
      asker.drop(error);
      throw error;
    }
  } catch (error) {
    // Our own disk is no fault of the source.
    if (writing.failed || signal.aborted) throw error;
    sources.fail(address, error);
    return null;
  }
}

const mismatch = (hash: BlobHash): MillraceError =>
  new MillraceError('BLOB_MISMATCH', `It sent bytes of another blob, not of ${hash}`);
