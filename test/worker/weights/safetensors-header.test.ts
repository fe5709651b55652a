import { describe, expect, test } from 'vitest';
import { errorCode } from '#protocol/errors.ts';
import { parseHeader } from '#worker/weights/safetensors-header.ts';

const parse = (header: unknown, dataBytes: number) =>
  parseHeader(
    new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header)),
    dataBytes,
    'x.safetensors',
  );
const entry = (dtype: string, shape: readonly number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});
const refusal = (header: unknown, dataBytes: number): string => {
  try {
    parse(header, dataBytes);
  } catch (error) {
    expect(errorCode(error)).toBe('PROTOCOL');
    return (error as Error).message;
  }
  return 'taken';
};

test('tensors come in the order of their bytes, whatever the order of their names', () => {
  const header = {
    __metadata__: { format: 'pt' },
    b: entry('BF16', [2, 3], 8, 20),
    a: entry('F32', [2], 0, 8),
    scalar: entry('U8', [], 20, 21),
    none: entry('F32', [0, 4], 8, 8),
    __proto__x: entry('F64', [1], 21, 29),
  };
  expect(parse(header, 29).map(({ name, elements }) => [name, elements])).toEqual([
    ['a', 2],
    ['none', 0],
    ['b', 6],
    ['scalar', 1],
    ['__proto__x', 1],
  ]);
  expect(parse(`${JSON.stringify(header)}    `, 29)).toHaveLength(5);
  expect(parse({}, 0)).toEqual([]);
});

describe('a header is refused', () => {
  const [file, a] = ['x.safetensors', 'Tensor a in x.safetensors'];

  test.each([
    ['that is no JSON', '{"a"', 0, `The header of ${file} is not JSON`],
    ['that is no UTF-8 JSON', '', 0, `The header of ${file} is not JSON`],
    ['that is a list', [], 0, `The header of ${file} is not a JSON object`],
    ['that is null', 'null', 0, `The header of ${file} is not a JSON object`],
    ['whose metadata are no text', { __metadata__: { n: 1 } }, 0, `${file}: __metadata__ must hold text only`],
    ['of an entry that is no object', { a: 7 }, 0, /^Tensor a in x.safetensors: entry: /],
    ['without a type', { a: { shape: [], data_offsets: [0, 0] } }, 0, /^Tensor a in x.safetensors: dtype: /],
    ['with a field more', { a: { ...entry('U8', [], 0, 1), x: 1 } }, 1, /^Tensor a in x.safetensors: x: /],
    ['with a negative extent', { a: entry('U8', [-1], 0, 1) }, 1, /^Tensor a in x.safetensors: shape.0: /],
    ['with a broken extent', { a: entry('U8', [1.5], 0, 1) }, 1, /^Tensor a in x.safetensors: shape.0: /],
    ['with nine axes', { a: entry('U8', Array(9).fill(1) as number[], 0, 1) }, 1, /^Tensor a in .*: shape: /],
    ['with an offset that is no number', { a: { ...entry('U8', [], 0, 1), data_offsets: [0, '1'] } }, 1, /offsets.1: /],
    ['with three offsets', { a: { ...entry('U8', [], 0, 1), data_offsets: [0, 1, 2] } }, 1, /data_offsets/],
    ['of an unknown type', { a: entry('F7', [], 0, 1) }, 1, `${a} has the unknown type F7`],
    ['whose shape overflows', { a: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 4, `${a} has too large a shape`],
    [
      'whose shape overflows to zero',
      { a: entry('F32', [2 ** 52, 2 ** 52, 0], 0, 0) },
      0,
      `${a} has too large a shape`,
    ],
    ['that points behind the file', { a: entry('U8', [9], 0, 9) }, 8, `${a} lies at bytes 0 to 9 of 8`],
    ['that points backwards', { a: entry('U8', [1], 1, 0) }, 1, `${a} lies at bytes 1 to 0 of 1`],
    [
      'whose bytes are too few',
      { a: entry('F32', [2], 0, 7) },
      7,
      `${a} needs 8 bytes for its shape and type, but has 7`,
    ],
    [
      'with an overlap',
      { a: entry('U8', [4], 0, 4), b: entry('U8', [4], 2, 6) },
      6,
      `Tensor b in ${file} overlaps the one before it at byte 2`,
    ],
    [
      'with two names for the same bytes',
      { a: entry('U8', [4], 0, 4), b: entry('U8', [4], 0, 4) },
      4,
      `Tensor b in ${file} overlaps the one before it at byte 0`,
    ],
    ['with a hole', { a: entry('U8', [1], 1, 2) }, 2, `Bytes 0 to 1 in ${file}, before tensor a, are no tensor's`],
    ['that leaves bytes over', { a: entry('U8', [1], 0, 1) }, 3, `The last 2 bytes of ${file} are no tensor's`],
    [
      'with a name given twice',
      '{"a": {"dtype":"U8","shape":[1],"data_offsets":[0,1]}, "\\u0061": {"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
      1,
      `${file} names the tensor a twice`,
    ],
    [
      'with an endless name',
      { ['n'.repeat(513)]: entry('U8', [1], 0, 1) },
      1,
      `Tensor ${'n'.repeat(79)}… in ${file} has a name of 513 characters`,
    ],
  ])('%s', (_, header, dataBytes, message) => {
    expect(refusal(header, dataBytes)).toEqual(
      typeof message === 'string' ? message : (expect.stringMatching(message) as unknown),
    );
  });

  test('with ten thousand tensors and one', () => {
    const header = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [index, 0]));
    expect(refusal(header, 0)).toBe(`${file} holds 10001 tensors, more than 10000`);
  });

  test('that is not UTF-8', () => {
    expect(() => parseHeader(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d), 0, file)).toThrow(/not JSON/);
  });
});

test('names with quotes, brackets and colons are no keys of their own', () => {
  const names = ['a:"{b}"', '\\', '}', '"a":'];
  const header = Object.fromEntries(names.map((name, at) => [name, entry('U8', [1], at, at + 1)]));
  expect(parse(header, 4).map(({ name }) => name)).toEqual(names);
});

test('a tensor may be called __proto__', () => {
  const header = '{"__proto__": {"dtype":"U8","shape":[1],"data_offsets":[0,1]}}';
  expect(parse(header, 1)).toMatchObject([{ name: '__proto__', end: 1 }]);
});
