import { abortedBy } from '#protocol/deadline.ts';

export interface RateCaps {
  /** Of all peers together. */
  readonly bytesPerSecond?: number | undefined;
  readonly bytesPerSecondPerPeer?: number | undefined;
}

/** What may be used at once after a pause, as a part of a second. */
const BURST_SECONDS = 0.1;

/** Bytes that may pass now. Below zero, time must pay first: so one portion may be larger than a burst. */
class Bucket {
  readonly #bytesPerSecond: number;
  #bytes: number;
  #filledMs: number;

  constructor(bytesPerSecond: number, nowMs: number) {
    this.#bytesPerSecond = bytesPerSecond;
    this.#bytes = bytesPerSecond * BURST_SECONDS;
    this.#filledMs = nowMs;
  }

  /** Milliseconds until something may pass. */
  waitMs(nowMs: number): number {
    const more = ((nowMs - this.#filledMs) / 1000) * this.#bytesPerSecond;
    this.#bytes = Math.min(this.#bytesPerSecond * BURST_SECONDS, this.#bytes + more);
    this.#filledMs = nowMs;
    return this.#bytes > 0 ? 0 : Math.max(1, (-this.#bytes / this.#bytesPerSecond) * 1000);
  }

  take(bytes: number): void {
    this.#bytes -= bytes;
  }

  get isFull(): boolean {
    return this.#bytes >= this.#bytesPerSecond * BURST_SECONDS;
  }
}

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

/** Lets bytes pass no faster than the caps; when several peers wait, each has its turn, however many requests one of them has. */
export class FairRate {
  readonly #perPeer: number | null;
  readonly #total: Bucket | null;
  readonly #buckets = new Map<string, Bucket>();
  /** By peer, the next to have its turn first. */
  readonly #lines = new Map<string, Waiting[]>();
  readonly #nowMs: () => number;
  #timer: NodeJS.Timeout | null = null;

  constructor({ bytesPerSecond, bytesPerSecondPerPeer }: RateCaps, nowMs: () => number = () => performance.now()) {
    for (const cap of [bytesPerSecond, bytesPerSecondPerPeer]) {
      if (cap !== undefined && !(cap > 0)) throw new RangeError('A cap is more than 0 bytes a second');
    }
    this.#nowMs = nowMs;
    this.#total = bytesPerSecond === undefined ? null : new Bucket(bytesPerSecond, nowMs());
    this.#perPeer = bytesPerSecondPerPeer ?? null;
  }

  /** Resolves when this many bytes may pass. @throws MillraceError ABORTED or TIMEOUT by the signal */
  take(peer: string, bytes: number, signal?: AbortSignal): Promise<void> {
    if (this.#total === null && this.#perPeer === null) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const what = 'Waiting for a turn';
      if (signal?.aborted === true) {
        reject(abortedBy(signal, what));
        return;
      }
      const line = this.#lines.get(peer) ?? [];
      this.#lines.set(peer, line);
      const onAbort = (): void => {
        line.splice(line.indexOf(waiting), 1);
        if (line.length === 0 && this.#lines.get(peer) === line) this.#lines.delete(peer);
        reject(abortedBy(signal, what));
      };
      const go = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiting: Waiting = { bytes, go };
      line.push(waiting);
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const nowMs = this.#nowMs();
    let waitMs = this.#total?.waitMs(nowMs) ?? 0;
    while (waitMs === 0 && this.#lines.size > 0) {
      waitMs = this.#serveOne(nowMs);
      if (waitMs === 0) waitMs = this.#total?.waitMs(nowMs) ?? 0;
    }
    if (this.#lines.size > 0) this.#timer = setTimeout(() => this.#serve(), waitMs);
  }

  /** Gives the first peer whose own cap allows it its turn; else the milliseconds until one has it. */
  #serveOne(nowMs: number): number {
    let leastMs = Infinity;
    for (const [peer, line] of this.#lines) {
      const bucket = this.#bucketOf(peer, nowMs);
      const waitMs = bucket?.waitMs(nowMs) ?? 0;
      const next = waitMs === 0 ? line.shift() : undefined;
      if (next === undefined) {
        leastMs = Math.min(leastMs, waitMs);
        continue;
      }
      bucket?.take(next.bytes);
      this.#total?.take(next.bytes);
      this.#lines.delete(peer);
      if (line.length > 0) this.#lines.set(peer, line); // behind the others
      next.go();
      return 0;
    }
    return leastMs;
  }

  #bucketOf(peer: string, nowMs: number): Bucket | null {
    if (this.#perPeer === null) return null;
    const known = this.#buckets.get(peer);
    if (known !== undefined) return known;
    // A full bucket is as good as none: peers that are gone take no memory.
    for (const [other, bucket] of this.#buckets)
      if (bucket.waitMs(nowMs) === 0 && bucket.isFull) this.#buckets.delete(other);
    const bucket = new Bucket(this.#perPeer, nowMs);
    this.#buckets.set(peer, bucket);
    return bucket;
  }
}
