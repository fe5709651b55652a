import { rm } from 'node:fs/promises';
import type { BlobHash } from '#protocol/ids.ts';
import type { FoundPartial } from './store-folder.ts';

/**
 * What is left of fetches that did not end, oldest first. A file is either idle, and may be dropped for its room, or taken by one
 * fetch: a fetch that takes it while it is being dropped waits until it is gone, and begins anew.
 */
export class IdlePartials {
  readonly #partials = new Map<string, FoundPartial>();
  readonly #leaving = new Map<string, Promise<void>>();
  readonly #release: (bytes: number) => void;

  /** @param release called with the bytes that became free; with less than nothing for those that are found */
  constructor(found: readonly FoundPartial[], release: (bytes: number) => void) {
    this.#release = release;
    for (const partial of found) {
      this.#partials.set(partial.path, partial);
      // It is there already: it counts also when that is more than the quota.
      release(-partial.bytes);
    }
  }

  /** Bytes that are there of the file at `path`, which is the caller's until it is left again. */
  async take(path: string): Promise<number> {
    await this.#leaving.get(path)?.catch(() => undefined);
    const bytes = this.#partials.get(path)?.bytes ?? 0;
    this.#partials.delete(path);
    return bytes;
  }

  /** Gives a file back, with what is there of it now; of which nothing is there is removed. */
  async leave(partial: FoundPartial): Promise<void> {
    if (partial.bytes > 0) this.#partials.set(partial.path, partial);
    else await rm(partial.path, { force: true });
  }

  /** Whether there was one. */
  async dropOldest(): Promise<boolean> {
    const [oldest] = this.#partials.values();
    if (oldest !== undefined) await this.#drop(oldest);
    return oldest !== undefined;
  }

  async dropAllOf(hash: BlobHash): Promise<void> {
    for (const partial of [...this.#partials.values()]) if (partial.hash === hash) await this.#drop(partial);
  }

  async #drop(partial: FoundPartial): Promise<void> {
    const { path, bytes } = partial;
    // Another may have dropped it, or a fetch taken it, meanwhile.
    if (!this.#partials.delete(path)) return;
    const leaving = rm(path, { force: true });
    this.#leaving.set(path, leaving);
    try {
      await leaving;
      this.#release(bytes);
    } catch (error) {
      this.#partials.set(path, partial);
      throw error;
    } finally {
      this.#leaving.delete(path);
    }
  }
}
