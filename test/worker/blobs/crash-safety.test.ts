import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { parseBlobHash } from '#protocol/ids.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { testFolder } from '../peer/test-peers.ts';

/** Puts blobs in a process of its own, and kills it once it has told of `count` of them, in the middle of the next. */
async function putUntilKilled(folder: string, count: number): Promise<readonly string[]> {
  const program = fileURLToPath(new URL('./put-forever.ts', import.meta.url));
  const child = spawn(process.execPath, [program, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const told: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    told.push(line);
    if (told.length === count) child.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  return told;
}

it('a store whose process is killed while it writes has every blob that it told of, and no broken one', async () => {
  const folder = await testFolder();
  const told = await putUntilKilled(folder, 5);
  const warn = vi.fn<(message: string) => void>();
  const store = await openBlobStore({ folder, warn });
  for (const hash of told) expect(await store.get(parseBlobHash(hash))).not.toBeNull();
  for (const shard of (await readdir(folder)).filter((name) => name !== 'tmp')) {
    for (const name of await readdir(join(folder, shard))) {
      expect(blobHash(await readFile(join(folder, shard, name)))).toBe(shard + name);
    }
  }
  expect(await readdir(join(folder, 'tmp'))).toEqual([]);
  expect(warn).not.toHaveBeenCalled();
});
