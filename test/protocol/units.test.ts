import { describe, expect, it } from 'vitest';
import {
  addAlpha,
  addRao,
  alpha,
  formatTao,
  parseAlpha,
  parseRao,
  rao,
  RAO_PER_TAO,
  ZERO_ALPHA,
  ZERO_RAO,
} from '#protocol/units.ts';

const MOST = (1n << 64n) - 1n;

describe.each([
  {
    unit: 'rao',
    make: rao,
    parse: parseRao,
    zero: ZERO_RAO,
    add: (a: bigint, b: bigint) => addRao(rao(a), rao(b)),
  },
  {
    unit: 'alpha',
    make: alpha,
    parse: parseAlpha,
    zero: ZERO_ALPHA,
    add: (a: bigint, b: bigint) => addAlpha(alpha(a), alpha(b)),
  },
])('amounts in $unit', ({ unit, make, parse, zero, add }) => {
  it('are whole numbers of a u64', () => {
    expect(make(0)).toBe(zero);
    expect(make(12)).toBe(12n);
    expect(make(MOST)).toBe(MOST);
    expect(() => make(-1n)).toThrow(unit);
    expect(() => make(MOST + 1n)).toThrow(unit);
    expect(() => make(0.5)).toThrow(RangeError);
  });

  it('cross JSON as decimal strings and nothing else', () => {
    expect(parse(MOST.toString())).toBe(MOST);
    expect(parse('0')).toBe(0n);
    for (const wrong of ['', '-1', '1.5', '0x10', ' 1', '1e9', (MOST + 1n).toString(), '1'.repeat(21), 1, 1n, null]) {
      expect(() => parse(wrong)).toThrow(unit);
    }
  });

  it('add up, and do not wrap around', () => {
    expect(add(1n, 2n)).toBe(3n);
    expect(() => add(MOST, 1n)).toThrow(unit);
  });
});

describe('formatTao', () => {
  it('never rounds up', () => {
    expect(formatTao(rao(1_999_999_999n))).toBe('1.9999');
    expect(formatTao(rao(5n), 9)).toBe('0.000000005');
    expect(formatTao(rao(7n * RAO_PER_TAO + 1n), 0)).toBe('7');
  });
});
