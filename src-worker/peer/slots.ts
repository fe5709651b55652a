import { abortedBy } from '#protocol/deadline.ts';

/** A fixed number of places for each key; who finds none free waits in line. */
export class Slots {
  readonly #perKey: number;
  readonly #taken = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(perKey: number) {
    this.#perKey = perKey;
  }

  /** Resolves with the function that frees the place (once). @throws MillraceError ABORTED or TIMEOUT by the signal */
  async take(key: string, signal?: AbortSignal): Promise<() => void> {
    const what = 'Waiting for a free stream';
    if (signal?.aborted === true) throw abortedBy(signal, what);
    const taken = this.#taken.get(key) ?? 0;
    if (taken < this.#perKey) this.#taken.set(key, taken + 1);
    else await this.#waitInLine(key, signal, what);
    let free = false;
    return () => {
      if (free) return;
      free = true;
      this.#release(key);
    };
  }

  #waitInLine(key: string, signal: AbortSignal | undefined, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const line = this.#waiting.get(key) ?? [];
      this.#waiting.set(key, line);
      const onTurn = (): void => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const onAbort = (): void => {
        line.splice(line.indexOf(onTurn), 1);
        reject(abortedBy(signal, what));
      };
      line.push(onTurn);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** The place goes straight to the next in line, so that nobody can take it in between. */
  #release(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#waiting.delete(key);
    const taken = (this.#taken.get(key) ?? 1) - 1;
    if (taken > 0) this.#taken.set(key, taken);
    else this.#taken.delete(key);
  }
}
