import { fromHex, uint32At } from '#protocol/bytes.ts';
import { errorMessage } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { PROVIDER_RECORD_LIFE_MS } from '#protocol/peer/provider-protocol.ts';

/** Says in the DHT which blobs this node has. */
export interface BlobProvider {
  /** The blob is in the store, and others may want it. Returns at once. */
  add(hash: BlobHash): void;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

export interface BlobProviderOptions {
  readonly providers: {
    provide(hash: BlobHash, signal: AbortSignal): Promise<number>;
    forget(hash: BlobHash): Promise<void>;
  };
  /** Whether the store still has it. */
  readonly has: (hash: BlobHash) => boolean;
  readonly warn: (message: string) => void;
}

/** Between two blobs. Each costs about a dozen short messages to others. */
const GAP_MS = 250;
/** The others would forget otherwise; well before that, because they may have been restarted. */
const AGAIN_MS = PROVIDER_RECORD_LIFE_MS / 3;
/** When nobody was there to be told, or it failed. */
const RETRY_MS = 30_000;
/** Blobs that are provided: those of hundreds of rounds. The longest known go. */
const MAX_PROVIDED = 4096;

/** Beside who made it and the validators: enough to find it when some of them are gone. */
const TELLERS = 2;

/**
 * Whether a node that has fetched a blob says so too. If everyone did, each would say it of every update of every round, and the
 * messages would grow with the square of the number of nodes. So a few do, by lot; everyone can tell who, so asking twice gives the same.
 * @param others how many nodes are known that may have it
 */
export function isTeller(hash: BlobHash, peerId: string, others: number): boolean {
  const lot = uint32At(fromHex(blobHash(new TextEncoder().encode(`${hash} ${peerId}`)))) / 2 ** 32;
  return lot * others < TELLERS;
}

/** One after the other, no faster than the gap allows. Failures are told once until it works again, and tried again. */
export function createBlobProvider({ providers, has, warn }: BlobProviderOptions): BlobProvider {
  /** When each is due, by `performance.now`. */
  const dueMs = new Map<BlobHash, number>();
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | null = null;
  let running: Promise<void> | null = null;
  let hasWarned = false;

  const next = (): BlobHash | null => {
    let first: BlobHash | null = null;
    for (const [hash, due] of dueMs) if (first === null || due < (dueMs.get(first) ?? Infinity)) first = hash;
    return first;
  };

  const provide = async (hash: BlobHash): Promise<void> => {
    if (!has(hash)) {
      dueMs.delete(hash);
      await providers.forget(hash);
      return;
    }
    let told = 0;
    try {
      told = await providers.provide(hash, stopping.signal);
      hasWarned = false;
    } catch (error) {
      if (stopping.signal.aborted) return;
      if (!hasWarned) warn(`Others could not be told of a blob (tried again later): ${errorMessage(error)}`);
      hasWarned = true;
    }
    dueMs.set(hash, performance.now() + (told > 0 ? AGAIN_MS : RETRY_MS));
  };

  const plan = (): void => {
    if (timer !== null || running !== null || stopping.signal.aborted) return;
    const hash = next();
    if (hash === null) return;
    const waitMs = Math.max(GAP_MS, (dueMs.get(hash) ?? 0) - performance.now());
    timer = setTimeout(() => {
      timer = null;
      const due = next();
      if (due === null) return;
      running = provide(due)
        .catch((error: unknown) => warn(`A blob could not be forgotten: ${errorMessage(error)}`))
        .finally(() => {
          running = null;
          plan();
        });
    }, waitMs);
    timer.unref();
  };

  return {
    add(hash) {
      if (dueMs.has(hash)) return;
      const [oldest] = dueMs.keys();
      if (dueMs.size >= MAX_PROVIDED && oldest !== undefined) {
        dueMs.delete(oldest);
        void providers.forget(oldest);
      }
      dueMs.set(hash, performance.now());
      if (timer !== null) clearTimeout(timer);
      timer = null;
      plan();
    },
    async stop() {
      stopping.abort();
      if (timer !== null) clearTimeout(timer);
      await running;
    },
  };
}
