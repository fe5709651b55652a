import { mkdtemp, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openCommitFile } from '#network/validator/weights/commit-file.ts';
import type { PendingCommit } from '#network/validator/weights/weight-plan.ts';
import type { Uid } from '#protocol/ids.ts';

const commit: PendingCommit = {
  ...{ hash: 'ab'.repeat(32), epoch: 7, salt: [0, 65_535], versionKey: 2n ** 63n },
  weights: [{ uid: 3 as Uid, weight: 65_535 }],
};

let folder: string;
let path: string;
let warnings: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'commits-'));
  path = join(folder, 'weight-commits.json');
  warnings = [];
});
afterEach(() => rm(folder, { recursive: true }));
const open = () => openCommitFile(path, (message) => warnings.push(message));

it('what was saved is there after a restart, for the owner alone', async () => {
  expect(await open().load()).toEqual([]);
  await open().save([commit]);
  expect(await open().load()).toEqual([commit]);
  if (process.platform !== 'win32') expect((await stat(path)).mode & 0o077).toBe(0);
  await open().save([]);
  expect(await open().load()).toEqual([]);
  expect(warnings).toEqual([]);
});

it('the largest commits of all fit', async () => {
  const weights = Array.from({ length: 4_096 }, (_, n) => ({ uid: n as Uid, weight: 65_535 }));
  const all = Array.from({ length: 16 }, () => ({ ...commit, weights }));
  await open().save(all);
  expect(await open().load()).toEqual(all);
});

it.each([
  ['no JSON', '{'],
  ['another version', '{"version":2,"commits":[]}'],
  ['a weight beyond u16', JSON.stringify({ version: 1, commits: [{ ...commit, versionKey: '0', salt: [65_536] }] })],
])('a file with %s is named, and counts for none', async (_, text) => {
  await writeFile(path, text);
  expect(await open().load()).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('cannot be read')]);
});

it('a file that is too large is not read', async () => {
  await writeFile(path, '');
  await truncate(path, 5 * 1024 * 1024);
  expect(await open().load()).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining('5242880 bytes')]);
});

it('says when it cannot be saved', async () => {
  const nowhere = openCommitFile(join(folder, 'missing', 'file.json'), (message) => warnings.push(message));
  await expect(nowhere.save([commit])).rejects.toMatchObject({ code: 'ENOENT' });
});
