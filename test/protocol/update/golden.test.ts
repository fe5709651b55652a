import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { keptInChunk } from '#protocol/update/chunks.ts';
import { PartEncoder } from '#protocol/update/part-encoder.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { encodeGolden, goldenTarget, goldenUpdates } from '../../support/golden-updates.ts';
import { smallRun, testKey } from '../../support/small-run.ts';

const golden = (name: string): Buffer => readFileSync(new URL(`../../fixtures/updates/${name}.bin`, import.meta.url));

/** Reads maker and parts as docs/FORMATS.md says it, bit by bit, without any of the program's code for it; one part a tensor. */
function readByTheBook(spec: RunSpec, blob: Buffer) {
  const sizes = tensorSizes(spec);
  const levelCount = 2 ** spec.update.bits;
  expect(toHex(blob.subarray(88, 120))).toBe(toHex(testKey(1).publicKey));
  let at = 120 + 4 * sizes.length;
  return sizes.map((size, tensor) => {
    const bytes = blob.subarray(at, at + blob.readUInt32LE(120 + 4 * tensor));
    at += bytes.length;
    const levels = Array.from({ length: levelCount }, (_, code) => bytes.readFloatLE(8 + 4 * code));
    const gapBits = bytes[8 + 4 * levelCount]!;
    const fieldsEnd = 9 + 4 * levelCount + Math.ceil((keptOf(size, spec) * (gapBits + spec.update.bits)) / 8);
    const fields = bitsOf(bytes.subarray(9 + 4 * levelCount, fieldsEnd));
    const highs = bitsOf(bytes.subarray(fieldsEnd));
    const indices: number[] = [];
    const values: number[] = [];
    for (let start = 0; start < size; start += spec.update.chunkSize) {
      const length = Math.min(spec.update.chunkSize, size - start);
      let place = -1;
      for (let kept = keptInChunk(length, spec.update); kept > 0; kept -= 1) {
        place += 1 + highs.unary() * 2 ** gapBits + fields.take(gapBits);
        indices.push(start + place);
        values.push(levels[fields.take(spec.update.bits)]!);
      }
    }
    for (const { rest } of [fields, highs]) expect(rest()).toMatch(/^0{0,7}$/);
    expect(bytes.readDoubleLE(0)).toBe(values.reduce((sum, value) => sum + value * value, 0));
    return { indices, values };
  });
}

function bitsOf(bytes: Buffer) {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  let next = 0;
  const take = (count: number): number => Number.parseInt(`0${bits.slice(next, (next += count))}`, 2);
  const unary = (): number => {
    let zeros = 0;
    while (take(1) === 0) zeros += 1;
    return zeros;
  };
  return { take, unary, rest: () => bits.slice(next) };
}

function keptOf(size: number, { update }: RunSpec): number {
  let kept = 0;
  for (let start = 0; start < size; start += update.chunkSize) {
    kept += keptInChunk(Math.min(update.chunkSize, size - start), update);
  }
  return kept;
}

it('the example of the description is made byte by byte', () => {
  const spec = { ...smallRun.update, chunkSize: 64, topK: 2 };
  const bytes = new PartEncoder(spec, 8).encode(Float32Array.of(0, 0, 0, 0, 0, -2.5, 1, 0), new Float32Array(8));
  expect(toHex(bytes)).toBe(`0000000000001940${'000020c0'.repeat(4)}01e020`);
});

describe.each(goldenUpdates)('the golden update $name', ({ name, spec }) => {
  it('is made again byte by byte', () => {
    expect(Buffer.from(encodeGolden(spec)).equals(golden(name))).toBe(true);
  });

  it('is read as the description of the format says', () => {
    const tensors = decodeUpdateBlob(spec, goldenTarget, golden(name));
    expect(tensors.map(({ indices, values }) => ({ indices: [...indices], values: [...values] }))).toEqual(
      readByTheBook(spec, golden(name)),
    );
  });

  it('is no longer than the run allows', () => {
    expect(golden(name).length).toBeLessThanOrEqual(maxUpdateBytes(spec));
  });
});
