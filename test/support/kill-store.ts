import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { BLOB_PIECE_BYTES } from '#protocol/peer/blob-protocol.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { addressOf, testFolder, testPeer } from '../worker/peer/test-peers.ts';
import { pattern } from '../worker/peer/pattern.ts';
import { bundleProgram } from './bundle-program.ts';

const QUOTA_BYTES = 8 * 1024 * 1024;

/**
 * Kills a process that puts and fetches without end, `times` times, each time after a few more milliseconds from the moment it
 * works; after each kill the store must open, hold the blob told of last, no broken file, and the right sum of sizes.
 */
export async function killStore(times: number): Promise<void> {
  const program = await bundleProgram(await testFolder(), ['test/worker/blobs/use-until-killed']);
  const folder = await testFolder();
  const [source, held] = [await testPeer(), await openBlobStore({ folder: await testFolder(), warn: vi.fn() })];
  const offered = [
    await held.put(pattern(5 * BLOB_PIECE_BYTES - 3, 7)),
    await held.put(pattern(2 * BLOB_PIECE_BYTES, 8)),
  ];
  await serveBlobs(source, held);
  for (let kill = 0; kill < times; kill += 1) {
    const told = await useUntilKilled(program, folder, 100 * kill, (kill * 37) % 211, addressOf(source), offered);
    await checkStore(folder, told.slice(-2));
  }
  const [peer, store] = [await testPeer(), await openBlobStore({ folder, quotaBytes: QUOTA_BYTES, warn: vi.fn() })];
  for (const hash of offered) {
    await fetchInto(store, { peer, hash, sources: [addressOf(source)] });
    expect(await store.get(hash)).not.toBeNull();
  }
}

async function useUntilKilled(
  program: string,
  folder: string,
  seed: number,
  afterMs: number,
  address: string,
  hashes: readonly BlobHash[],
): Promise<readonly BlobHash[]> {
  const args = [program, folder, String(QUOTA_BYTES), String(seed), address, ...hashes];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const told: BlobHash[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (told.length === 0) setTimeout(() => child.kill('SIGKILL'), afterMs);
    told.push(line as BlobHash);
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return told;
}

async function checkStore(folder: string, mustHave: readonly BlobHash[]): Promise<void> {
  const warn = vi.fn<(message: string) => void>();
  const store = await openBlobStore({ folder, quotaBytes: QUOTA_BYTES, warn });
  for (const hash of mustHave) expect(store.has(hash)).toBe(true);
  let bytes = 0;
  for (const shard of (await readdir(folder)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    for (const name of await readdir(join(folder, shard))) {
      const path = join(folder, shard, name);
      expect(blobHash(await readFile(path))).toBe(shard + name);
      bytes += (await stat(path)).size;
    }
  }
  const partials = await readdir(join(folder, 'partial'));
  expect(store.usedBytes).toBeGreaterThanOrEqual(bytes);
  if (partials.length === 0) expect(store.usedBytes).toBe(bytes);
  expect(store.usedBytes).toBeLessThanOrEqual(QUOTA_BYTES);
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  expect(warn).not.toHaveBeenCalled();
}
