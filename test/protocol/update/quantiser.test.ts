import { describe, expect, it } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { MAX_LEVEL, Quantiser, type QuantiserSpec } from '#protocol/update/quantiser.ts';
import { createPlainSorter } from '#protocol/update/value-sorter.ts';

const deviation: QuantiserSpec = { bits: 2, quantiser: 'deviation' };
const nearest: QuantiserSpec = { bits: 2, quantiser: 'nearest' };
// Cubes: long tails, so that every code occurs.
const values = hashedFloats(1000, 5, 1).map((x) => x ** 3);

function quantised(spec: QuantiserSpec, given: Float32Array) {
  const codes = new Uint8Array(given.length);
  return { levels: new Quantiser(spec, createPlainSorter(given.length)).quantise(given, given.length, codes), codes };
}
const squaredError = (spec: QuantiserSpec, given: Float32Array): number => {
  const { levels, codes } = quantised(spec, given);
  return given.reduce((sum, value, i) => sum + (value - levels[codes[i]!]!) ** 2, 0);
};

describe.each<QuantiserSpec>([
  deviation,
  nearest,
  { bits: 1, quantiser: 'nearest' },
  { bits: 4, quantiser: 'nearest' },
])('the quantiser $quantiser with $bits bits', (spec) => {
  it('decodes each code to the mean of the values that have it', () => {
    const { levels, codes } = quantised(spec, values);
    expect(levels).toHaveLength(2 ** spec.bits);
    for (const [code, level] of levels.entries()) {
      const members = [...values].filter((_, i) => codes[i] === code);
      expect(level).toBeCloseTo(members.reduce((sum, x) => sum + x, 0) / members.length, 6);
    }
  });

  it('keeps equal values exactly', () => {
    const { levels, codes } = quantised(spec, Float32Array.of(0.5, 0.5, 0.5));
    expect([...codes].map((code) => levels[code])).toEqual([0.5, 0.5, 0.5]);
  });

  it('takes nothing without complaint', () => {
    expect([...quantised(spec, new Float32Array(0)).levels]).toEqual(Array(2 ** spec.bits).fill(0));
  });

  it('holds levels within what a decoder accepts', () => {
    const { levels } = quantised(spec, Float32Array.of(-1e30, 1e30, 0, 1));
    for (const level of levels) expect(Math.abs(level)).toBeLessThanOrEqual(MAX_LEVEL);
  });
});

describe('deviation', () => {
  it('follows the reference formula q = clamp(round((v − μ) / (6σ/4) + 2), 0, 3)', () => {
    // μ = 0, σ = √(20/3) ≈ 2.58, cell ≈ 3.87
    expect([...quantised(deviation, Float32Array.of(-3, -1, 1, 3)).codes]).toEqual([1, 2, 2, 3]);
  });
});

describe('nearest', () => {
  it('finds four clusters exactly', () => {
    const { levels } = quantised(nearest, Float32Array.of(-9, -3, 2, 8, -9, -3, 2, 8, 8));
    expect([...levels]).toEqual([-9, -3, 2, 8]);
  });

  it('loses no more than deviation does', () => {
    expect(squaredError(nearest, values)).toBeLessThan(squaredError(deviation, values));
  });
});
