import { lstat, mkdir, readdir, rm, stat } from 'node:fs/promises';
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

  /** What is no file, or no folder of files, is left where it is: it is no blob, and who needs its place says so. */
  async blobs(): Promise<readonly FoundBlob[]> {
    const found: (FoundBlob | null)[] = [];
    for (const shard of await readdir(this.path, { withFileTypes: true })) {
      if (!SHARD_NAME.test(shard.name) || !shard.isDirectory()) continue;
      const names = (await readdir(join(this.path, shard.name))).filter((name) => REST_NAME.test(name));
      found.push(...(await Promise.all(names.map((name) => this.#found((shard.name + name) as BlobHash)))));
    }
    return found.filter((blob) => blob !== null);
  }

  /** Null also for one that has just gone, and for a link to nothing. */
  async #found(hash: BlobHash): Promise<FoundBlob | null> {
    const stats = await unlessMissing(() => stat(this.pathOf(hash)));
    if (stats?.isFile() !== true) return null;
    return { hash, sizeBytes: stats.size, stamp: Math.round(stats.mtimeMs / 1000) };
  }

  /** What earlier fetches left, the oldest first. Whatever else is in that folder is removed: nobody else has one there. */
  async partials(): Promise<readonly FoundPartial[]> {
    const found: (FoundPartial & { readonly changedMs: number })[] = [];
    for (const name of (await unlessMissing(() => readdir(join(this.path, PARTIAL_FOLDER)))) ?? []) {
      const path = join(this.path, PARTIAL_FOLDER, name);
      const [, hash, size] = PARTIAL_NAME.exec(name) ?? [];
      const stats = await lstat(path);
      if (hash === undefined || !stats.isFile()) await rm(path, { recursive: true, force: true });
      else {
        const { mtimeMs } = stats;
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
