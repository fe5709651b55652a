import { describe, expect, it } from 'vitest';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { quantise } from '#protocol/update/quantiser.ts';

describe('quantise', () => {
  it('decodes each code to the mean of the values that have it', () => {
    // Cubes: long tails, so that every code occurs.
    const values = hashedFloats(1000, 5, 1).map((x) => x ** 3);
    const { levels, codes } = quantise(values);
    for (let code = 0; code < 4; code += 1) {
      const members = [...values].filter((_, i) => codes[i] === code);
      const mean = members.reduce((sum, x) => sum + x, 0) / members.length;
      expect(levels[code]).toBeCloseTo(mean, 6);
    }
  });

  it('follows the reference formula q = clamp(round((v − μ) / (6σ/4) + 2), 0, 3)', () => {
    // μ = 0, σ = √(20/3) ≈ 2.58, bin ≈ 3.87
    expect([...quantise(Float32Array.of(-3, -1, 1, 3)).codes]).toEqual([1, 2, 2, 3]);
  });

  it('keeps equal values exactly', () => {
    const { levels, codes } = quantise(Float32Array.of(0.5, 0.5, 0.5));
    expect([...codes].map((code) => levels[code])).toEqual([0.5, 0.5, 0.5]);
  });

  it('takes nothing without complaint', () => {
    expect(quantise(new Float32Array(0)).codes).toHaveLength(0);
  });
});
