import type * as fileSystem from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { loadErrorBuffer, markMerged, saveErrorBuffer } from '#worker/round/error-buffer.ts';
import { tensorSizes, testRun } from '../../support/round-fixtures.ts';
import { testRoot } from '../../support/small-run.ts';

/** Every change of the disk is a step. From `failFrom` on, `failures` of them fail: all of them when the process has ended. */
const disk = vi.hoisted(() => ({ failFrom: Infinity, failures: Infinity, code: 'EIO', steps: [] as string[] }));

vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof fileSystem>();
  const step = (what: string): void => {
    const at = disk.steps.push(what) - 1;
    if (at < disk.failFrom || at >= disk.failFrom + disk.failures) return;
    throw Object.assign(new Error(`the disk failed at ${what}`), { code: disk.code });
  };
  const watched = (name: string, handle: FileHandle): FileHandle => {
    const write = handle.write.bind(handle);
    const sync = handle.sync.bind(handle);
    return Object.assign(handle, {
      write: async (bytes: Uint8Array, from: number, length: number, at?: number) => {
        step(`write ${name}`);
        // As a disk may: less than all at once.
        return write(bytes, from, Math.ceil(length / 2), at);
      },
      sync: async () => {
        step(`sync ${name}`);
        await sync();
      },
    });
  };
  return {
    ...real,
    mkdir: async (path: string, options?: { recursive: true }) => {
      step(`mkdir ${basename(path)}`);
      return real.mkdir(path, options);
    },
    rm: async (path: string, options?: object) => {
      step(`rm ${basename(path)}`);
      await real.rm(path, options);
    },
    rename: async (from: string, to: string) => {
      step(`rename ${basename(to)}`);
      await real.rename(from, to);
    },
    open: async (path: string, flags: string | number, mode?: number) => {
      if (flags !== 'r') step(`open ${basename(path)}`);
      return watched(basename(path), await real.open(path, flags, mode));
    },
  };
});

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-errors-'));
  path = join(folder, 'errors.bin');
});
afterEach(async () => {
  works();
  await rm(folder, { recursive: true, force: true });
});
const works = (): void => void Object.assign(disk, { failFrom: Infinity, failures: Infinity, code: 'EIO', steps: [] });

const errorsOf = (seed: number) => tensorSizes.map((size, tensor) => hashedFloats(size, 50 * seed + tensor, 1));
const sentIn = (round: number) => ({
  ...{ round, baseRoot: testRoot, blob: blobHash(Uint8Array.of(round)), updateBytes: 7 },
  ...{ loss: 5, tokensPerSecond: 1, gradientNorm: 1, innerSteps: 1 },
});
const save = (round: number) => saveErrorBuffer(path, testRun.id, errorsOf(round), { round, sent: sentIn(round) });
const saved = (round: number) => ({ errors: errorsOf(round), round, sent: sentIn(round), lost: null });

describe.each([
  ['once', 1],
  ['and for good, as when the process is killed', Infinity],
])('when the disk fails %s, at whichever step of a round’s write', (_, failures) => {
  it('the file is the buffer before the round or the one after it, and says which', async () => {
    await save(1);
    const outcomes = new Set<number | null>();
    let step = 0;
    for (; ; step += 1) {
      works();
      await save(1);
      Object.assign(disk, { failFrom: step, failures, steps: [] });
      const failed = await save(2).then(
        () => false,
        () => true,
      );
      works();
      const loaded = await loadErrorBuffer(path, testRun);
      expect(loaded).toEqual(saved(loaded.round === 2 ? 2 : 1));
      outcomes.add(loaded.round);
      if (!failed) break;
    }
    expect(step).toBeGreaterThan(2 * tensorSizes.length);
    expect([...outcomes]).toEqual([1, 2]);
  });

  it('a merge that could not be noted leaves the verdict open', async () => {
    await save(1);
    for (let step = 0; ; step += 1) {
      works();
      await save(1);
      Object.assign(disk, { failFrom: step, failures, steps: [] });
      const failed = await markMerged(path, sentIn(1).blob).then(
        () => false,
        () => true,
      );
      works();
      const loaded = await loadErrorBuffer(path, testRun);
      expect([saved(1), { ...saved(1), sent: null }]).toContainEqual(loaded);
      if (failed) continue;
      expect(loaded.sent).toBeNull();
      break;
    }
  });
});

it.each([
  ['ENOSPC', /full: free some space/],
  ['EROFS', /make it writable/],
  ['EIO', /cannot be used right now/],
])('%s is said in words with what to do, and nothing is left of the attempt', async (code, words) => {
  await save(1);
  const steps = disk.steps.length;
  for (let step = 1; step < steps - 2; step += 1) {
    Object.assign(disk, { failFrom: step, failures: 1, code, steps: [] });
    await expect(save(2)).rejects.toMatchObject({ code: 'STORAGE', message: expect.stringMatching(words) as string });
    works();
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(folder)).toEqual(['errors.bin']);
  }
});
