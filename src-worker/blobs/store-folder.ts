import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { partialBytes } from './partial-blob.ts';

/** Blobs lie in `ab/cdef…`, what is being put in `tmp/`, what is being fetched in `partial/HASH-SIZE`. */
const TEMPORARY_FOLDER = 'tmp';
const PARTIAL_FOLDER = 'partial';
const SHARD_NAME = /^[0-9a-f]{2}$/;
const REST_NAME = /^[0-9a-f]{62}$/;
const PARTIAL_NAME = /^([0-9a-f]{64})-(0|[1-9]\d{0,15})$/;

export interface FoundBlob {
  readonly hash: BlobHash;
  readonly sizeBytes: number;
  /** Time of change in whole seconds. */
  readonly stamp: number;
}

export interface FoundPartial {
  readonly hash: BlobHash;
  readonly path: string;
  /** Of the pieces that are there. */
  readonly bytes: number;
}

/** What lies where in a store's folder. */
export class StoreFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  shardOf(hash: BlobHash): string {
    return join(this.path, hash.slice(0, 2));
  }

  pathOf(hash: BlobHash): string {
    return join(this.shardOf(hash), hash.slice(2));
  }

  temporary(name: string): string {
    return join(this.path, TEMPORARY_FOLDER, name);
  }

  partial(hash: BlobHash, sizeBytes: number): string {
    return join(this.path, PARTIAL_FOLDER, `${hash}-${sizeBytes}`);
  }

  /** Makes what is missing. What an interrupted put left is in nobody's way, but takes space: it goes. */
  async prepare(): Promise<void> {
    const temporary = join(this.path, TEMPORARY_FOLDER);
    await rm(temporary, { recursive: true, force: true });
    await mkdir(temporary, { recursive: true });
    await mkdir(join(this.path, PARTIAL_FOLDER), { recursive: true });
  }

  async blobs(): Promise<readonly FoundBlob[]> {
    const found: FoundBlob[] = [];
    for (const shard of await readdir(this.path)) {
      if (!SHARD_NAME.test(shard)) continue;
      const names = (await readdir(join(this.path, shard))).filter((name) => REST_NAME.test(name));
      found.push(...(await Promise.all(names.map((name) => this.#found((shard + name) as BlobHash)))));
    }
    return found;
  }

  async #found(hash: BlobHash): Promise<FoundBlob> {
    const { size, mtimeMs } = await stat(this.pathOf(hash));
    return { hash, sizeBytes: size, stamp: Math.round(mtimeMs / 1000) };
  }

  /** What earlier fetches left, the oldest first. Other files in that folder are removed: nobody else has one there. */
  async partials(): Promise<readonly FoundPartial[]> {
    const found: (FoundPartial & { readonly changedMs: number })[] = [];
    for (const name of (await unlessMissing(() => readdir(join(this.path, PARTIAL_FOLDER)))) ?? []) {
      const path = join(this.path, PARTIAL_FOLDER, name);
      const [, hash, size] = PARTIAL_NAME.exec(name) ?? [];
      if (hash === undefined) await rm(path, { recursive: true, force: true });
      else {
        const { mtimeMs } = await stat(path);
        const bytes = await partialBytes(path, Number(size));
        found.push({ hash: hash as BlobHash, path, bytes, changedMs: mtimeMs });
      }
    }
    return found.toSorted((a, b) => a.changedMs - b.changedMs);
  }
}

export async function unlessMissing<T>(action: () => Promise<T>): Promise<T | null> {
  try {
    return await action();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}
