import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { IdlePartials } from '#worker/blobs/idle-partials.ts';
import type { FoundPartial } from '#worker/blobs/store-folder.ts';
import { testFolder } from '../peer/test-peers.ts';

const hash = blobHash(Uint8Array.of(1));

async function twoPartials() {
  const folder = await testFolder();
  const found: readonly FoundPartial[] = ['old', 'new'].map((name) => ({ hash, path: join(folder, name), bytes: 10 }));
  for (const { path } of found) writeFileSync(path, 'pieces');
  const release = vi.fn<(bytes: number) => void>();
  const idle = new IdlePartials(found, release);
  release.mockClear();
  return { idle, release, paths: found.map(({ path }) => path) };
}

it('a fetch that takes a file while it is dropped for its room begins anew once it is gone, and keeps what it writes', async () => {
  const { idle, paths } = await twoPartials();
  const dropped = idle.dropOldest();
  expect(await idle.take(paths[0]!)).toBe(0);
  writeFileSync(paths[0]!, 'begun anew');
  expect(await dropped).toBe(true);
  expect(existsSync(paths[0]!)).toBe(true);
});

it('a file that a fetch has taken is not dropped', async () => {
  const { idle, release, paths } = await twoPartials();
  expect(await idle.take(paths[0]!)).toBe(10);
  await idle.dropAllOf(hash);
  expect(await idle.dropOldest()).toBe(false);
  expect(paths.map((path) => existsSync(path))).toEqual([true, false]);
  expect(release.mock.calls).toEqual([[10]]);
});

it('what two drop at once is counted once', async () => {
  const { idle, release } = await twoPartials();
  await Promise.all([idle.dropAllOf(hash), idle.dropOldest(), idle.dropOldest()]);
  expect(release.mock.calls).toEqual([[10], [10]]);
});

it('a file of which nothing is there is removed when it is left', async () => {
  const { idle, paths } = await twoPartials();
  await idle.take(paths[0]!);
  await idle.leave({ hash, path: paths[0]!, bytes: 0 });
  expect(existsSync(paths[0]!)).toBe(false);
  expect(await idle.take(paths[0]!)).toBe(0);
});
