import { MillraceError } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { DEFAULT_MAX_BLOB_BYTES } from '#protocol/peer/blob-protocol.ts';
import { abortedBy } from '#protocol/deadline.ts';
import { FairRate } from '../peer/fair-rate.ts';
import type { Peer } from '../peer/peer.ts';
import type { BlobAsker } from './blob-asker.ts';
import { BlobSources, type FindMore, type SourceFailure } from './blob-sources.ts';
import type { BlobStore } from './blob-store.ts';
import { BlobTransfer, HEDGE_MS } from './blob-transfer.ts';
import { describeFailures } from './describe-failures.ts';

export type { SourceFailure } from './blob-sources.ts';

export interface FetchBlobOptions {
  readonly peer: Peer;
  readonly hash: BlobHash;
  /** Multiaddrs with peer id of those who may have it. One that is this node itself is left out. */
  readonly sources: readonly string[];
  /** Larger blobs are refused before a byte is reserved for them. */
  readonly maxBytes?: number;
  /** For each piece, from when it is asked for. A source that sends less than a piece in that time is given up. */
  readonly timeoutMs?: number;
  /** For a source that sends nothing. */
  readonly stallTimeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** In [0, 1): picks the source to begin with, so that not all ask the same one. Without it the first is asked first. */
  readonly random?: () => number;
  /** Told at once of every source that fails, while the others are still tried. */
  readonly onFailure?: (failure: SourceFailure) => void;
  /** Asked when nobody of `sources` gives the blob, or too slowly. What it finds is believed no more than they are. */
  readonly findMore?: FindMore | undefined;
  /** What may come in, shared by all fetches that are given it; without it as much as the line brings. */
  readonly inbound?: FairRate | undefined;
}

export interface FetchedBlob {
  readonly sizeBytes: number;
  /** Addresses of the peers from whom bytes of it were taken; none when it was in the store already. */
  readonly sources: readonly string[];
  /** Those who failed, in order. */
  readonly failures: readonly SourceFailure[];
}

/** Nobody who was asked gave the blob. */
export class BlobMissingError extends MillraceError {
  readonly hash: BlobHash;
  readonly failures: readonly SourceFailure[];

  constructor(hash: BlobHash, failures: readonly SourceFailure[]) {
    super('BLOB_MISSING', `No source has blob ${hash}. ${describeFailures(failures)}`);
    this.hash = hash;
    this.failures = failures;
  }
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_STALL_TIMEOUT_MS = 10_000;
const NO_CAP = new FairRate({});

/**
 * Fetches a blob into a store, from several sources at once when it is large; does nothing when the store has it. What has
 * arrived when a fetch fails or is stopped, also by the end of the process, is not fetched again.
 * @throws BlobMissingError (BLOB_MISSING); MillraceError STORAGE when the store cannot take it, ABORTED or TIMEOUT when `signal` fires
 */
export async function fetchInto(store: BlobStore, options: FetchBlobOptions): Promise<FetchedBlob> {
  const { hash, signal } = options;
  return store.fetchAlone(hash, signal, async () => {
    const held = store.has(hash) ? await store.open(hash) : null;
    await held?.close();
    if (held !== null) return { sizeBytes: held.sizeBytes, sources: [], failures: [] };
    if (isStopped(signal)) throw abortedBy(signal, `Blob ${hash}`);
    const controller = new AbortController();
    const onAbort = (): void => controller.abort(abortedBy(signal, `Blob ${hash}`));
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await fetch(store, options, controller);
    } catch (error) {
      throw isStopped(signal) ? abortedBy(signal, `Blob ${hash}`) : error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  });
}

async function fetch(store: BlobStore, options: FetchBlobOptions, controller: AbortController): Promise<FetchedBlob> {
  const { peer, hash, timeoutMs = DEFAULT_TIMEOUT_MS, stallTimeoutMs = DEFAULT_STALL_TIMEOUT_MS } = options;
  const { signal } = controller;
  const maxBytes = Math.min(options.maxBytes ?? DEFAULT_MAX_BLOB_BYTES, store.maxBlobBytes);
  const { onFailure, findMore } = options;
  const ask = { peer, hash, maxBytes, timeoutMs, stallTimeoutMs, signal, onFailure, findMore };
  const sources = new BlobSources(inOrder(options), ask);
  signal.addEventListener('abort', () => sources.bell.ring(), { once: true });
  const context = { hash, sources, signal, inbound: options.inbound ?? NO_CAP };
  try {
    for (;;) {
      const first = await firstReady(sources, signal);
      if (first === null) throw new BlobMissingError(hash, sources.failures);
      const { sizeBytes } = first;
      const givers = await store.receive(hash, sizeBytes, (partial) => new BlobTransfer(partial, context).run(first));
      if (givers !== null) return { sizeBytes, sources: [...givers], failures: sources.failures };
      sources.tryOtherSizes();
    }
  } finally {
    controller.abort();
    await sources.close();
  }
}

const isStopped = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;

/** The first source that has the blob, of whatever size; one that keeps us waiting has the next asked beside it. */
async function firstReady(sources: BlobSources, signal: AbortSignal): Promise<BlobAsker | null> {
  for (;;) {
    signal.throwIfAborted();
    const ready = sources.takeReady(null);
    if (ready !== null) return ready;
    if (sources.isExhausted) return null;
    sources.openNext();
    await sources.bell.wait(HEDGE_MS);
  }
}

/** The sources once each, without ourselves, beginning at a random one. */
function inOrder({ peer, sources, random }: FetchBlobOptions): readonly string[] {
  const others = [...new Set(sources)].filter((address) => !address.endsWith(`/p2p/${peer.peerId}`));
  const first = random === undefined ? 0 : Math.floor(random() * others.length);
  return [...others.slice(first), ...others.slice(0, first)];
}
