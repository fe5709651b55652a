import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '#worker/weights/safetensors-file.ts';
import { fixture, safetensorsBytes, safetensorsFile, temporaryFolder } from './files.ts';

/** Bits of the float32 values that the Python library reads from the same file. */
const { types } = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as {
  readonly types: Readonly<Record<string, readonly number[]>>;
};
const bitsOf = (values: Float32Array): number[] => [...new Uint32Array(values.buffer)];

describe('a file of the Python library', () => {
  test('lists its tensors with type and shape', async () => {
    const file = await openSafetensors(fixture('types.safetensors'));
    const listed = [...file.tensors.values()].map(({ name, type, shape }) => `${name} ${type} [${shape.join()}]`);
    await file.close();
    expect(listed.toSorted()).toEqual([
      'brain BF16 [11]',
      'double F64 [1]',
      'empty F32 [0,4]',
      'half F16 [11]',
      'long I64 [2]',
      'matrix F32 [2,3]',
      'scalar F32 []',
      'single F32 [15]',
    ]);
  });

  test.each(['half', 'brain', 'single', 'matrix', 'empty', 'scalar'])('gives the same bits for %s', async (name) => {
    const file = await openSafetensors(fixture('types.safetensors'));
    const values = await file.read(name);
    await file.close();
    expect(bitsOf(values)).toEqual(types[name]);
  });

  test('gives any range of a tensor', async () => {
    const file = await openSafetensors(fixture('types.safetensors'));
    expect(bitsOf(await file.read('half', { first: 3, count: 4 }))).toEqual(types['half']!.slice(3, 7));
    expect(bitsOf(await file.read('single', { first: 13 }))).toEqual(types['single']!.slice(13));
    await expect(file.read('half', { first: 8, count: 4 })).rejects.toThrow(/^Elements 8 to 12 of tensor half in /);
    await expect(file.read('half', { first: -1, count: 1 })).rejects.toThrow(/^Elements -1 to 0/);
    await file.close();
  });

  test('refuses types that are no weights, and names that it has not', async () => {
    const path = fixture('types.safetensors');
    const file = await openSafetensors(path);
    await expect(file.read('long')).rejects.toThrow(
      `The tensor long in ${path} is of type I64; F32, F16 and BF16 are read`,
    );
    await expect(file.read('double')).rejects.toThrow(/of type F64/);
    await expect(file.read('nobody')).rejects.toThrow(`${path} holds no tensor nobody`);
    await file.close();
  });
});

describe('a hostile file', () => {
  const path = (bytes: Uint8Array): string => {
    const file = join(temporaryFolder(), 'x.safetensors');
    writeFileSync(file, bytes);
    return file;
  };
  const length = (bytes: bigint): Uint8Array => {
    const start = new Uint8Array(16);
    new DataView(start.buffer).setBigUint64(0, bytes, true);
    return start;
  };

  test.each([
    ['of no bytes', new Uint8Array(0), /has 0 bytes, too few/],
    ['of seven bytes', new Uint8Array(7), /has 7 bytes, too few/],
    ['whose header is longer than the file', length(9n), /claims 9 bytes; there is room for 8$/],
    [
      'whose header has 2⁶⁴ − 1 bytes',
      length(2n ** 64n - 1n),
      /claims 18446744073709551615 bytes; there is room for 8$/,
    ],
    ['whose header has 2⁶³ bytes', length(2n ** 63n), /there is room for 8$/],
    ['without a header', length(0n), /is not JSON$/],
    ['cut in its data', safetensorsBytes({ a: { dtype: 'F32', shape: [9], data_offsets: [0, 36] } }, 35), /of 35$/],
  ])('%s is refused', async (_, bytes, message) => {
    await expect(openSafetensors(path(bytes))).rejects.toThrow(message);
  });

  test('whose header is longer than that of any checkpoint is refused before it is read', async () => {
    const file = path(length(100_000_000n));
    // The rest is a hole: nothing is written, and were it read, it would not be JSON.
    truncateSync(file, 100_000_008);
    const refused = openSafetensors(file);
    await expect(refused).rejects.toThrow(`The header of ${file} has 100000000 bytes, more than 4000000`);
  });

  test('that shrinks after it was opened is reported with the tensor', async () => {
    const file = safetensorsFile({ a: { dtype: 'F32', shape: [9], data_offsets: [0, 36] } }, 36);
    const source = await openSafetensors(file);
    truncateSync(file, 70);
    await expect(source.read('a')).rejects.toThrow(`The file ended within tensor a in ${file}`);
    await source.close();
  });
});

test('reading stops when it is no longer wanted', async () => {
  const source = await openSafetensors(fixture('types.safetensors'));
  await expect(source.read('half', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  await source.close();
});
