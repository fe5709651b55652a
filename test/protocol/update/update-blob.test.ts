import { describe, expect, it } from 'vitest';
import { MillraceError, ProtocolError } from '#protocol/errors.ts';
import type { Hotkey, RunId, StateRoot } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { keptCount } from '#protocol/update/chunks.ts';
import { isUnforeseen, namingPart } from '#protocol/update/naming-part.ts';
import { longestPartLength, tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, encodeUpdateBlob, maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { encodeGolden, goldenDifferences, goldenTarget as target } from '../../support/golden-updates.ts';
import { smallRun, testKey } from '../../support/small-run.ts';

const sizes = tensorSizes(smallRun);
const differences = () => goldenDifferences(smallRun);
const noErrors = (spec = smallRun) => tensorSizes(spec).map((size) => new Float32Array(size));
const validBlob = () => encodeGolden(smallRun);
const HEADER = 120;
const FIRST_PART = HEADER + 4 * sizes.length;
const LEVELS = FIRST_PART + 8;
const CODE = LEVELS + 16;
const fieldBytesOf = (blob: Uint8Array): number => (keptCount(sizes[0]!, smallRun.update) * (blob[CODE]! + 2)) / 8;

describe('an update blob', () => {
  it('round-trips: decoded values are what error feedback subtracted', () => {
    const errors = noErrors();
    const parts = compressUpdate(smallRun.update, differences(), errors);
    const header = { ...target, tokens: tokensPerStep(smallRun) };
    const decoded = decodeUpdateBlob(smallRun, target, encodeUpdateBlob(header, parts));
    for (const [tensor, difference] of differences().entries()) {
      const rebuilt = errors[tensor]!.slice();
      const { indices, values, norm } = decoded[tensor]!;
      indices.forEach((index, i) => (rebuilt[index]! += values[i]!));
      for (const [i, value] of difference.entries()) expect(rebuilt[i]).toBeCloseTo(value, 6);
      expect(norm).toBe(Math.sqrt(values.reduce((sum, value) => sum + value * value, 0)));
    }
  });

  it('round-trips when a tensor has several parts', () => {
    const spec: RunSpec = { ...smallRun, update: { ...smallRun.update, chunkSize: 64, topK: 2 } };
    const model = {
      ...spec.model,
      vocabSize: 3 * Math.ceil(longestPartLength(spec.update) / spec.model.hiddenSize) + 1,
    };
    const large = { ...spec, model };
    const errors = noErrors(large);
    const parts = compressUpdate(large.update, goldenDifferences(large), errors);
    expect(parts.length).toBeGreaterThan(errors.length);
    const header = { ...target, tokens: tokensPerStep(large) };
    const [embedding] = decodeUpdateBlob(large, target, encodeUpdateBlob(header, parts));
    const rebuilt = errors[0]!.slice();
    embedding!.indices.forEach((index, i) => (rebuilt[index]! += embedding!.values[i]!));
    for (const [i, value] of goldenDifferences(large)[0]!.entries()) expect(rebuilt[i]! - value).toBeCloseTo(0, 6);
    expect([...embedding!.indices]).toEqual([...embedding!.indices].sort((a, b) => a - b));
  });

  it('is the same every time, and read from a Buffer that begins in the middle of its memory too', () => {
    const blob = validBlob();
    expect(validBlob()).toEqual(blob);
    const inside = Buffer.concat([Buffer.alloc(3), blob]).subarray(3);
    expect(decodeUpdateBlob(smallRun, target, inside)).toEqual(decodeUpdateBlob(smallRun, target, blob));
  });

  it.each([
    ['truncated', (blob: Uint8Array) => blob.subarray(0, -1), /bytes instead of/],
    ['cut off within its lengths', (blob: Uint8Array) => blob.subarray(0, HEADER + 3), /cut off/],
    ['cut off within its header', (blob: Uint8Array) => blob.subarray(0, HEADER - 1), /cut off/],
    ['oversized', (blob: Uint8Array) => new Uint8Array([...blob, 0]), /bytes instead of/],
    ['empty', () => new Uint8Array(0), /cut off/],
    ['of another kind', (blob: Uint8Array) => patched(blob, 0, [0x58]), /Not an update/],
    ['of a later version', (blob: Uint8Array) => patched(blob, 4, [3]), /has version 3, this program reads 2/],
    ['of the version before', (blob: Uint8Array) => patched(blob, 4, [1]), /has version 1, this program reads 2/],
    [
      'of the version before, which was shorter',
      (blob: Uint8Array) => patched(blob, 4, [1]).subarray(0, 88),
      /has version 1, this program reads 2/,
    ],
    ['for another shard', (blob: Uint8Array) => patched(blob, 44, [1]), /for shard 1, not 0/],
    ['of no tokens', (blob: Uint8Array) => patched(blob, 80, [0]), /claims 0 tokens/],
    ['of half a step', (blob: Uint8Array) => patched(blob, 80, [8]), /claims 8 tokens, not 1 to 3 steps of 16/],
    ['of more tokens than a round has', (blob: Uint8Array) => patched(blob, 84, [1]), /claims 4294967328 tokens/],
    ['with an impossible length', (blob: Uint8Array) => patched(blob, HEADER + 3, [1]), /part 0: 16\d+ bytes, at most/],
    ['with a part of no bytes', emptyFirstPart, /part 0: .*cut off/],
    ['with a level that is NaN', (blob: Uint8Array) => patched(blob, LEVELS, [0, 0, 0xc0, 0x7f]), /level NaN/],
    ['with an infinite level', (blob: Uint8Array) => patched(blob, LEVELS, [0, 0, 0x80, 0x7f]), /level Infinity/],
    ['with a huge level', (blob: Uint8Array) => patched(blob, LEVELS, [0, 0, 0, 0x60]), /out of range/],
    ['with gaps that are too wide', (blob: Uint8Array) => patched(blob, CODE, [13]), /13 low bits of a gap/],
    [
      'that claims a sum of squares which is too large by the least',
      (blob: Uint8Array) => patched(blob, FIRST_PART, [blob[FIRST_PART]! ^ 1]),
      /part 0: part claims a sum of squares of/,
    ],
    [
      'with a sum of squares that is NaN',
      (blob: Uint8Array) => patched(blob, FIRST_PART, [0, 0, 0, 0, 0, 0, 0xf8, 0x7f]),
      /part 0: a sum of squares of NaN/,
    ],
    [
      'with a negative sum of squares',
      (blob: Uint8Array) => patched(blob, FIRST_PART, [0, 0, 0, 0, 0, 0, 0xf0, 0xbf]),
      /part 0: a sum of squares of -1/,
    ],
    [
      'with an index past its chunk',
      (blob: Uint8Array) => patched(blob, CODE + 1, Array<number>(fieldBytesOf(blob)).fill(255)),
      /past the end of a chunk/,
    ],
    [
      'with more values than are sent',
      (blob: Uint8Array) => patched(blob, CODE + 1 + fieldBytesOf(blob), [255]),
      /part 0: part has 26\d values instead of 256/,
    ],
    ['with bytes that say nothing', longerFirstPart, /bytes that say nothing/],
    ['whose first part goes on in the second', shorterFirstPart, /part 0: part has \d+ values instead of 256/],
  ])('that is %s is refused', (_, damage, message) => {
    const refusal = expect.objectContaining({
      code: 'PROTOCOL',
      message: expect.stringMatching(message) as string,
    }) as Error;
    expect(() => decodeUpdateBlob(smallRun, target, damage(validBlob()))).toThrow(refusal);
  });

  it('whose padding is not zero is refused, whichever bit it is', () => {
    const blob = validBlob();
    const last = FIRST_PART + blob[HEADER]! + 256 * blob[HEADER + 1]! - 1;
    const refused = Array.from({ length: 8 }, (_, bit) => patched(blob, last, [blob[last]! ^ (1 << bit)])).filter(
      (bad) => {
        try {
          decodeUpdateBlob(smallRun, target, bad);
          return false;
        } catch {
          return true;
        }
      },
    );
    expect(refused.length, 'this part has padding').toBeGreaterThan(0);
  });

  it.each([
    [{ ...target, round: 6 }, /for round 5, not 6/],
    [{ ...target, shard: 1 }, /for shard 0, not 1/],
    [{ ...target, run: '00'.repeat(32) as RunId }, /another run/],
    [{ ...target, baseRoot: '00'.repeat(32) as StateRoot }, /another state/],
    [{ ...target, maker: hotkeyOf(testKey(2)) }, /^Update was made by another worker$/],
    [{ ...target, maker: 'no address' as Hotkey }, /Not an SS58 address/],
  ])('made for something else is refused', (expected, message) => {
    expect(() => decodeUpdateBlob(smallRun, expected, validBlob())).toThrow(message);
  });

  it('of a 72B-class model has a bound that is found at once', () => {
    const model = {
      ...smallRun.model,
      ...{ hiddenSize: 8192, layers: 80, heads: 64, kvHeads: 8, headSize: 128, ffnSize: 28_672, vocabSize: 262_208 },
    };
    const bytes = maxUpdateBytes({ ...smallRun, model, update: { ...smallRun.update, chunkSize: 4096, topK: 64 } });
    expect(bytes).toBeGreaterThan(1.3e9);
    expect(bytes).toBeLessThan(1.5e9);
  });
});

describe('compressUpdate', () => {
  it('carries what was not sent into the next round, decayed', () => {
    const errors = noErrors();
    compressUpdate(smallRun.update, differences(), errors);
    const left = errors[0]!.slice();
    const parts = compressUpdate(smallRun.update, noErrors(), errors);
    const header = { ...target, tokens: tokensPerStep(smallRun) };
    const [embedding] = decodeUpdateBlob(smallRun, target, encodeUpdateBlob(header, parts));
    const sent = new Set(embedding!.indices);
    for (const [i, value] of left.entries()) if (!sent.has(i)) expect(errors[0]![i]).toBe(Math.fround(0.95 * value));
  });

  it.each([
    ['not a number', Number.NaN, /not finite in tensor 1/],
    ['infinite', -Infinity, /not finite in tensor 1/],
    ['larger than any level', 2e4, /a step of 20000 in tensor 1/],
  ])('refuses a difference that is %s and leaves the error buffer alone', (_, value, message) => {
    const errors = noErrors();
    const broken = differences().map((difference) => difference.slice());
    broken[1]![0] = value;
    expect(() => compressUpdate(smallRun.update, broken, errors)).toThrow(message);
    expect(errors.every((error) => error.every((kept) => kept === 0))).toBe(true);
  });
});

describe('what reading a part throws', () => {
  const thrownBy = (cause: unknown) => () =>
    namingPart(3, () => {
      throw cause;
    });

  it('is about its bytes, foreseen or not', () => {
    expect(thrownBy(new ProtocolError('cut off'))).toThrow(/^Update part 3: cut off$/);
    for (const cause of [
      new RangeError('Offset is outside the bounds'),
      new TypeError('x'),
      new Error('unreachable'),
    ]) {
      const refused = expect.objectContaining({
        code: 'PROTOCOL',
        message: expect.stringContaining('unforeseen') as string,
      }) as object;
      expect(thrownBy(cause)).toThrow(refused);
      expect(isUnforeseen(new ProtocolError(`Update part 3: unforeseen failure while reading: ${String(cause)}`))).toBe(
        true,
      );
    }
    expect(isUnforeseen(new ProtocolError('Update part 3: cut off'))).toBe(false);
  });

  it.each([
    new MillraceError('ENGINE', 'the device is lost'),
    new RangeError('Array buffer allocation failed'),
    new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory'),
  ])('stays what it is when it is about this machine (%s)', (cause) => {
    expect(thrownBy(cause)).toThrow(cause);
  });
});

function patched(blob: Uint8Array, offset: number, bytes: readonly number[]): Uint8Array {
  const copy = blob.slice();
  copy.set(bytes, offset);
  return copy;
}

const withFirstPart = (blob: Uint8Array, change: (part: Uint8Array) => Uint8Array): Uint8Array => {
  const lengths = new DataView(blob.buffer, blob.byteOffset + HEADER, 4);
  const length = lengths.getUint32(0, true);
  const part = change(blob.slice(FIRST_PART, FIRST_PART + length));
  const joined = new Uint8Array([...blob.subarray(0, FIRST_PART), ...part, ...blob.subarray(FIRST_PART + length)]);
  new DataView(joined.buffer).setUint32(HEADER, part.length, true);
  return joined;
};
function emptyFirstPart(blob: Uint8Array): Uint8Array {
  return withFirstPart(blob, () => new Uint8Array(0));
}
function longerFirstPart(blob: Uint8Array): Uint8Array {
  return withFirstPart(blob, (part) => new Uint8Array([...part, 0]));
}
function shorterFirstPart(blob: Uint8Array): Uint8Array {
  return withFirstPart(blob, (part) => part.subarray(0, -1));
}
