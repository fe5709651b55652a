import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openSafetensors } from '#worker/weights/safetensors-file.ts';
import { writeSafetensors, type TensorToWrite } from '#worker/weights/write-safetensors.ts';
import { fixture, temporaryFolder } from './files.ts';

const tensor = (name: string, shape: readonly number[], values: Float32Array): TensorToWrite => ({
  name,
  shape,
  values: () => values,
});
const matrix = tensor('b', [2, 2], Float32Array.of(1, 2, -3, 4));
const vector = tensor('a', [1], Float32Array.of(0.5));

test('the bytes are those of the format: length, padded JSON, tensors in the given order', async () => {
  const path = join(temporaryFolder(), 'x.safetensors');
  await writeSafetensors(path, [matrix, vector], { type: 'F32' });
  const bytes = readFileSync(path);
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  expect(headerBytes % 8).toBe(0);
  const header = bytes.subarray(8, 8 + headerBytes).toString();
  expect(header.trimEnd()).toBe(
    '{"__metadata__":{"format":"pt"},"b":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},"a":{"dtype":"F32","shape":[1],"data_offsets":[16,20]}}',
  );
  expect(bytes.subarray(8 + headerBytes).toString('hex')).toBe('0000803f00000040000040c0000080400000003f');
});

describe('what is written', () => {
  const single = async (): Promise<Float32Array> => {
    const source = await openSafetensors(fixture('types.safetensors'));
    const values = await source.read('single');
    await source.close();
    return values;
  };

  test('as F32 reads back with the same bits, over more than one piece', async () => {
    const path = join(temporaryFolder(), 'x.safetensors');
    const large = Float32Array.from({ length: 4 * 1024 * 1024 + 3 }, (_, index) => Math.fround(index / 7));
    const special = await single();
    await writeSafetensors(path, [tensor('special', [15], special), tensor('large', [large.length], large)], {
      type: 'F32',
    });
    const source = await openSafetensors(path);
    expect(Buffer.compare(Buffer.from((await source.read('special')).buffer), Buffer.from(special.buffer))).toBe(0);
    expect(Buffer.compare(Buffer.from((await source.read('large')).buffer), Buffer.from(large.buffer))).toBe(0);
    await source.close();
  });

  test('as BF16 has the bits that PyTorch rounds to', async () => {
    const path = join(temporaryFolder(), 'x.safetensors');
    const values = await single();
    await writeSafetensors(path, [tensor('x', [3, 5], values)], { type: 'BF16' });
    const source = await openSafetensors(path);
    const read = await source.read('x');
    await source.close();
    const expected = JSON.parse(readFileSync(fixture('expected.json'), 'utf8')) as {
      readonly types: { readonly singleAsBfloat16: readonly number[] };
    };
    for (const [index, bits] of new Uint32Array(read.buffer).entries()) {
      if (Number.isNaN(values[index])) expect(read[index]).toBeNaN();
      else expect(bits).toBe(expected.types.singleAsBfloat16[index]! * 0x10000);
    }
  });
});

describe('a failure leaves the old file and nothing else', () => {
  const failing = async (tensors: readonly TensorToWrite[], message: RegExp, signal?: AbortSignal): Promise<void> => {
    const folder = temporaryFolder();
    const path = join(folder, 'x.safetensors');
    writeFileSync(path, 'old');
    const options = signal === undefined ? { type: 'F32' as const } : { type: 'F32' as const, signal };
    await expect(writeSafetensors(path, tensors, options)).rejects.toThrow(message);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['x.safetensors']);
  };

  test('when a tensor has too few values', () =>
    failing([matrix, tensor('short', [3], Float32Array.of(1))], /^Tensor short has 1 values instead of 3$/));

  test('when values cannot be had', () => {
    const values = () => Promise.reject(new Error('the network is down'));
    return failing([matrix, { ...vector, values }], /the network is down/);
  });

  test('when two tensors have the same name', () => failing([matrix, matrix], /^Tensor b is given twice$/));

  test('when it is no longer wanted', () => failing([matrix], /enough/, AbortSignal.abort(new Error('enough'))));
});
