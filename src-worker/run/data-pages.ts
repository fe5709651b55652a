import { ProtocolError } from '#protocol/errors.ts';
import type { TokenWindow } from '#protocol/round/assignment.ts';
import { MAX_PAGE_BYTES, type RunSpec } from '#protocol/run-spec.ts';
import type { BlobRequest, BlobSource } from './blob-source.ts';

/** Pages used last are used again soon (held-out pages every round); a page has at most 1 MiB. */
const PAGES_IN_MEMORY = 32;

/** The run's text, fetched page by page as windows ask for it. */
export interface DataPages {
  /**
   * Tokens of the windows, row after row: `Int32Array [windows, sequenceLength + 1]`.
   * @throws MillraceError BLOB_MISSING when a page cannot be had
   */
  tokens(windows: readonly TokenWindow[], request: Omit<BlobRequest, 'maxBytes'>): Promise<Int32Array>;
}

export function createDataPages(spec: RunSpec, blobs: BlobSource): DataPages {
  const cache = new Map<number, Uint8Array>();

  const pageBytes = async (page: number, request: Omit<BlobRequest, 'maxBytes'>): Promise<Uint8Array> => {
    const known = cache.get(page);
    if (known !== undefined) {
      cache.delete(page); // and set again below: the map's order is the order of use
      cache.set(page, known);
      return known;
    }
    const entry = spec.data.pages[page];
    if (entry === undefined) throw new RangeError(`The run has no page ${page}`);
    const bytes = await blobs.get(entry.hash, { ...request, maxBytes: MAX_PAGE_BYTES });
    if (bytes.length !== entry.sizeBytes) {
      throw new ProtocolError(`Page ${page} has ${bytes.length} bytes, the run says ${entry.sizeBytes}`);
    }
    cache.set(page, bytes);
    const oldest = cache.keys().next();
    if (cache.size > PAGES_IN_MEMORY && oldest.done !== true) cache.delete(oldest.value);
    return bytes;
  };

  return {
    async tokens(windows, request) {
      const windowTokens = spec.model.sequenceLength + 1;
      const tokens = new Int32Array(windows.length * windowTokens);
      for (const [row, { page, offset }] of windows.entries()) {
        const bytes = await pageBytes(page, request);
        tokens.set(bytes.subarray(offset, offset + windowTokens), row * windowTokens);
      }
      return tokens;
    },
  };
}
