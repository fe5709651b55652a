import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import type { RunId } from '#protocol/ids.ts';
import type { SentUpdate } from '#worker/round/error-buffer-header.ts';
import { loadErrorBuffer, markMerged, saveErrorBuffer } from '#worker/round/error-buffer.ts';
import { isShared } from '#worker/update/shared-memory.ts';
import { tensorSizes, testRun } from '../../support/round-fixtures.ts';
import { smallRun, testRoot } from '../../support/small-run.ts';

const zeros = tensorSizes.map((size) => new Float32Array(size));
const errorsOf = (seed: number) => tensorSizes.map((size, tensor) => hashedFloats(size, 50 * seed + tensor, 1));
const blob = blobHash(Uint8Array.of(1));
const measured = { loss: 5.25, tokensPerSecond: 1000.5, gradientNorm: null, innerSteps: 30, updateBytes: 4242 };
const sentIn = (round: number): SentUpdate => ({ round, baseRoot: testRoot, blob, ...measured });
const none = { round: null, sent: null };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-errors-'));
  path = join(folder, 'new', 'folder', 'errors.bin');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const save = (seed: number, belongsTo = { round: seed, sent: sentIn(seed) }, run = testRun.id) =>
  saveErrorBuffer(path, run, errorsOf(seed), belongsTo);

async function expectSaved(seed: number): Promise<void> {
  const loaded = await loadErrorBuffer(path, testRun);
  expect(loaded).toEqual({ errors: errorsOf(seed), round: seed, sent: sentIn(seed), lost: null });
}

async function expectLost(words: RegExp, run = testRun): Promise<void> {
  const { errors, lost, ...rest } = await loadErrorBuffer(path, run);
  expect(lost).toMatch(words);
  expect(lost).toContain(path);
  expect(errors.every((values) => values.every((value) => value === 0))).toBe(true);
  expect(rest).toEqual(none);
}

describe('the error buffer', () => {
  it('comes back as it was saved, with its round, also after it was replaced', async () => {
    await save(1);
    await expectSaved(1);
    await save(2);
    await expectSaved(2);
    expect(await readdir(join(folder, 'new', 'folder')), 'nothing else is left').toEqual(['errors.bin']);
    expect((await stat(path)).mode & 0o077, 'it is nobody else’s business').toBe(0);
  });

  it('comes back in shared arrays of its own: changing one changes no other', async () => {
    await save(1);
    const { errors } = await loadErrorBuffer(path, testRun);
    expect(errors.every(isShared)).toBe(true);
    errors[0]!.fill(7);
    expect(errors.slice(1)).toEqual(errorsOf(1).slice(1));
  });

  it('is all zeros at the first start, which is no loss', async () => {
    const loaded = await loadErrorBuffer(path, testRun);
    expect(loaded).toEqual({ errors: zeros, ...none, lost: null });
    expect(loaded.errors.every(isShared)).toBe(true);
  });

  it('knows a round whose update was not stored, or has gone back', async () => {
    await save(1, { round: 7, sent: null } as never);
    expect(await loadErrorBuffer(path, testRun)).toMatchObject({ round: 7, sent: null, errors: errorsOf(1) });
  });

  it('forgets what was sent once it is merged, and only that', async () => {
    await save(1);
    await markMerged(path, blobHash(Uint8Array.of(2)));
    await expectSaved(1);
    await markMerged(path, blob);
    const merged = { errors: errorsOf(1), round: 1, sent: null, lost: null };
    expect(await loadErrorBuffer(path, testRun)).toEqual(merged);
    await markMerged(path, blob);
    expect(await loadErrorBuffer(path, testRun)).toEqual(merged);
  });
});

describe('an error buffer that cannot be used', () => {
  it.each([
    ['whose first byte was changed', (file: Buffer) => changed(file, 0), /not an error buffer of this version/],
    ['of the version before', (file: Buffer) => file.subarray(4000), /not an error buffer of this version/],
    ['whose header claims too much', (file: Buffer) => changed(file, 9), /header is too long/],
    ['with a changed header', (file: Buffer) => changed(file, 60), /damaged|header|CBOR|another run/],
    ['with a changed byte behind the header', (file: Buffer) => changed(file, 4000), /damaged/],
    ['with a changed value', (file: Buffer) => changed(file, 5000), /damaged/],
    ['with a changed checksum', (file: Buffer) => changed(file, file.length - 1), /damaged/],
    ['that is truncated', (file: Buffer) => file.subarray(0, -1), /not those of this model/],
    ['that is too long', (file: Buffer) => Buffer.concat([file, Buffer.of(0)]), /not those of this model/],
    ['of a header alone', (file: Buffer) => file.subarray(0, 4096), /not those of this model/],
    ['that is empty', () => Buffer.alloc(0), /cut off/],
  ])('is all zeros, and says why: a file %s', async (_, damage, words) => {
    await save(1);
    await writeFile(path, damage(await readFile(path)));
    await expectLost(words);
  });

  it('may be of another run, or of another model', async () => {
    await save(1, { round: 1, sent: sentIn(1) }, '01'.repeat(32) as RunId);
    await expectLost(/another run/);
    await saveErrorBuffer(path, testRun.id, errorsOf(1).slice(1), none);
    await expectLost(/not those of this model/);
    await save(1);
    const larger = { ...testRun, spec: { ...smallRun, model: { ...smallRun.model, layers: 2 } } };
    await expectLost(/not those of this model/, larger);
  });

  it('may be no file at all', async () => {
    await mkdir(path, { recursive: true });
    await expectLost(/EISDIR/);
  });

  it.skipIf(process.getuid?.() === 0)('may be one that this user cannot read', async () => {
    await save(1);
    await chmod(path, 0);
    await expectLost(/make it writable/);
  });
});

describe('a write of the error buffer', () => {
  it('that does not come to its end leaves the one before', async () => {
    await save(1);
    await mkdir(`${path}.new`);
    await expect(save(2)).rejects.toMatchObject({ code: 'STORAGE' });
    await expectSaved(1);
  });

  it('is not disturbed by what an interrupted one left', async () => {
    await save(1);
    const whole = await readFile(path);
    await writeFile(`${path}.new`, Buffer.concat([whole, whole])); // longer than what is written over it below
    await expectSaved(1);
    await save(2);
    await expectSaved(2);
  });
});

function changed(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy[at]! ^= 0x10;
  return copy;
}
