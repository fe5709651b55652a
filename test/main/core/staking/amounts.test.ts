import { describe, expect, it } from 'vitest';
import { alpha, rao } from '#protocol/units.ts';
import {
  alphaFor,
  exactAlpha,
  exactPrice,
  exactTao,
  formatPercent,
  limitToBuy,
  limitToPay,
  limitToSell,
  ONE_FOR_ONE,
  parseAlphaTokens,
  parseTao,
  partsPerMillion,
  price,
  worthOf,
} from '#main/core/staking/amounts.ts';
import { alphaOfShare, fixedPoint, safeFloat } from '#main/core/staking/stake-shares.ts';
import { check } from '#protocol/envelope.ts';

const U64_MAX = (1n << 64n) - 1n;

describe('amounts', () => {
  it('are read as a person types them, and nothing is rounded', () => {
    expect(parseTao('1')).toBe(1_000_000_000n);
    expect(parseTao(' 0.000000001 ')).toBe(1n);
    expect(parseTao('18446744073.709551615')).toBe(U64_MAX);
    expect(parseAlphaTokens('12.5')).toBe(12_500_000_000n);
    const none = ['', '.5', '1.', '-1', '1e3', '1,5', '0x1', '1.0000000001', '18446744073.709551616', 'NaN', '1 TAO'];
    for (const text of none) {
      expect(parseTao(text)).toBeNull();
      expect(parseAlphaTokens(text)).toBeNull();
    }
  });

  it('are written so that they can be read again', () => {
    expect(exactTao(rao(1_250_000_000))).toBe('1.25');
    expect(exactTao(rao(0))).toBe('0');
    expect(exactPrice(price(100_000_000n))).toBe('0.1');
    for (const units of [0n, 1n, 10n, 999_999_999n, 1_000_000_000n, 1_000_000_001n, U64_MAX]) {
      expect(parseTao(exactTao(rao(units)))).toBe(units);
      expect(parseAlphaTokens(exactAlpha(alpha(units)))).toBe(units);
    }
  });

  it('turn into each other at a price, rounded down, and never overflow', () => {
    const tenth = price(100_000_000n);
    expect(worthOf(alpha(10_000_000_000), tenth)).toBe(1_000_000_000n);
    expect(alphaFor(rao(1_000_000_000), tenth)).toBe(10_000_000_000n);
    expect(worthOf(alpha(9), tenth)).toBe(0n);
    expect(alphaFor(rao(1), price(3_000_000_000n))).toBe(0n);
    expect(alphaFor(rao(1), price(0n))).toBe(0n);
    expect(worthOf(alpha(U64_MAX), ONE_FOR_ONE)).toBe(U64_MAX);
    expect(worthOf(alpha(U64_MAX), price(U64_MAX))).toBe(U64_MAX);
    expect(alphaFor(rao(U64_MAX), price(1n))).toBe(U64_MAX);
    expect(() => price(-1n)).toThrow('Price outside');
    expect(() => price(U64_MAX + 1n)).toThrow('Price outside');
  });

  it('have limits that tolerate no more than they say', () => {
    expect(limitToBuy(price(100_000_000n), 5_000)).toBe(100_500_000n);
    expect(limitToSell(price(100_000_000n), 5_000)).toBe(99_500_000n);
    expect(limitToBuy(price(199n), 5_000)).toBe(199n);
    expect(limitToSell(price(199n), 5_000)).toBe(199n);
    expect(limitToBuy(ONE_FOR_ONE, 0)).toBe(ONE_FOR_ONE);
    expect(limitToSell(ONE_FOR_ONE, 0)).toBe(ONE_FOR_ONE);
    expect(limitToSell(price(5n), 1_000_000)).toBe(0n);
    expect(limitToBuy(price(U64_MAX), 1_000_000)).toBe(U64_MAX);
    expect(limitToPay(rao(1_000_000_000), 5_000)).toBe(1_005_000_000n);
  });

  it('are told as parts of a whole, never less than they are', () => {
    expect(partsPerMillion(1n, 1_000_000n)).toBe(1);
    expect(partsPerMillion(1n, 3n)).toBe(333_334);
    expect(partsPerMillion(0n, 3n)).toBe(0);
    expect(partsPerMillion(-5n, 3n)).toBe(0);
    expect(partsPerMillion(5n, 0n)).toBe(0);
    expect([5_000, 1, 50_000, 500_001, 1_000_000].map(formatPercent)).toEqual([
      '0.5 %',
      '0.01 %',
      '5 %',
      '50.01 %',
      '100 %',
    ]);
  });

  it('come out of shares, in the new form and in the old', () => {
    const half = check(safeFloat, { mantissa: 5, exponent: -1 }, 'share');
    const all = check(safeFloat, { mantissa: '0x3635c9adc5dea00000', exponent: -21 }, 'share');
    expect(alphaOfShare(alpha(1001), half, all)).toBe(500n);
    const quarter = check(fixedPoint, { bits: '0x4000000000000000' }, 'share');
    const one = check(fixedPoint, { bits: '0x10000000000000000' }, 'share');
    expect(alphaOfShare(alpha(1000), quarter, one)).toBe(250n);
    expect(alphaOfShare(alpha(1000), quarter, check(fixedPoint, { bits: 0 }, 'share'))).toBe(0n);
    expect(() => check(safeFloat, { mantissa: 1, exponent: 1e9 }, 'share')).toThrow('share');
  });
});
