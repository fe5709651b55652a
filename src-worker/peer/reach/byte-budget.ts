/** So many bytes for each key in a window, and so many in all. All sums start anew with each window, so memory is bounded by it. */
export class ByteBudget {
  readonly #ofKey: number;
  readonly #inAll: number;
  readonly #windowMs: number;
  readonly #spent = new Map<string, number>();
  #spentInAll = 0;
  #window = -1;

  constructor(limits: { readonly ofKey: number; readonly inAll: number; readonly windowMs: number }) {
    this.#ofKey = limits.ofKey;
    this.#inAll = limits.inAll;
    this.#windowMs = limits.windowMs;
  }

  /** Counts the bytes; false when they were too many. */
  spend(key: string, sizeBytes: number, nowMs: number): boolean {
    const window = Math.floor(nowMs / this.#windowMs);
    if (window !== this.#window) {
      this.#spent.clear();
      this.#spentInAll = 0;
      this.#window = window;
    }
    const spent = (this.#spent.get(key) ?? 0) + sizeBytes;
    this.#spent.set(key, spent);
    this.#spentInAll += sizeBytes;
    return spent <= this.#ofKey && this.#spentInAll <= this.#inAll;
  }
}
