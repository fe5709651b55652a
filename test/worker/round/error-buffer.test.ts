import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import type { RunId } from '#protocol/ids.ts';
import { loadErrorBuffer, saveErrorBuffer } from '#worker/round/error-buffer.ts';
import { tensorSizes, testRun } from '../../support/round-fixtures.ts';
import { smallRun } from '../../support/small-run.ts';

const zeros = tensorSizes.map((size) => new Float32Array(size));
const errorsOf = (seed: number) => tensorSizes.map((size, tensor) => hashedFloats(size, 50 * seed + tensor, 1));
const expectSame = (loaded: readonly Float32Array[], expected: readonly Float32Array[]) => {
  expect(loaded.map(({ length }) => length)).toEqual(tensorSizes);
  expect(loaded).toEqual(expected);
};

describe('the error buffer', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'millrace-errors-'));
    path = join(folder, 'new', 'folder', 'errors.bin');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('comes back as it was saved, also after it was replaced', async () => {
    await saveErrorBuffer(path, testRun.id, errorsOf(1));
    expectSame(await loadErrorBuffer(path, testRun), errorsOf(1));
    await saveErrorBuffer(path, testRun.id, errorsOf(2));
    expectSame(await loadErrorBuffer(path, testRun), errorsOf(2));
    expect(await readdir(join(folder, 'new', 'folder')), 'nothing else is left').toEqual(['errors.bin']);
  });

  it('comes back in arrays of its own: changing one changes no other', async () => {
    await saveErrorBuffer(path, testRun.id, errorsOf(1));
    const loaded = await loadErrorBuffer(path, testRun);
    loaded[0]!.fill(7);
    expectSame(loaded, [loaded[0]!, ...errorsOf(1).slice(1)]);
  });

  it('is all zeros at the first start', async () => {
    expectSame(await loadErrorBuffer(path, testRun), zeros);
  });

  it.each([
    ['whose first byte was changed', (file: Buffer) => changed(file, 0)],
    ['with a changed value', (file: Buffer) => changed(file, 1000)],
    ['with a changed checksum', (file: Buffer) => changed(file, file.length - 1)],
    ['that is truncated', (file: Buffer) => file.subarray(0, -1)],
    ['that is too long', (file: Buffer) => Buffer.concat([file, Buffer.of(0)])],
    ['that is empty', () => Buffer.alloc(0)],
  ])('is all zeros after a file %s', async (_, damage) => {
    await saveErrorBuffer(path, testRun.id, errorsOf(1));
    await writeFile(path, damage(await readFile(path)));
    expectSame(await loadErrorBuffer(path, testRun), zeros);
  });

  it('is all zeros when the file is of another run', async () => {
    await saveErrorBuffer(path, '01'.repeat(32) as RunId, errorsOf(1));
    expectSame(await loadErrorBuffer(path, testRun), zeros);
  });

  it('is all zeros when the file is of another model', async () => {
    await saveErrorBuffer(path, testRun.id, errorsOf(1).slice(1));
    expectSame(await loadErrorBuffer(path, testRun), zeros);
    const larger = { ...testRun, spec: { ...smallRun, model: { ...smallRun.model, layers: 2 } } };
    await saveErrorBuffer(path, testRun.id, errorsOf(1));
    expect((await loadErrorBuffer(path, larger)).flatMap((values) => [...values]).every((value) => value === 0)).toBe(
      true,
    );
  });

  it('is the one before when the next could not be written to its end', async () => {
    await saveErrorBuffer(path, testRun.id, errorsOf(1));
    await mkdir(`${path}.new`);
    await expect(saveErrorBuffer(path, testRun.id, errorsOf(2))).rejects.toMatchObject({ code: 'EISDIR' });
    expectSame(await loadErrorBuffer(path, testRun), errorsOf(1));
  });

  it('is not disturbed by what an interrupted write left', async () => {
    await saveErrorBuffer(path, testRun.id, errorsOf(1));
    const whole = await readFile(path);
    await writeFile(`${path}.new`, Buffer.concat([whole, whole])); // longer than what is written over it below
    expectSame(await loadErrorBuffer(path, testRun), errorsOf(1));
    await saveErrorBuffer(path, testRun.id, errorsOf(2));
    expectSame(await loadErrorBuffer(path, testRun), errorsOf(2));
  });
});

function changed(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy[at]! ^= 0x10;
  return copy;
}
