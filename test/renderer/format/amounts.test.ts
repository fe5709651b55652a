import { describe, expect, it } from 'vitest';
import {
  amountWords,
  exactUnits,
  parseAmount,
  parsePercentPpm,
  plainUnits,
  ppmText,
  priceText,
} from '#renderer/format/amounts.ts';

describe('an amount that a person typed', () => {
  it.each([
    ['1.25', 1_250_000_000n],
    [' 12 ', 12_000_000_000n],
    ['.5', 500_000_000n],
    ['0.000000001', 1n],
    ['18446744073.709551615', 18_446_744_073_709_551_615n],
  ])('%s is read to the last unit, and written back without loss', (text, units) => {
    expect(parseAmount(text)).toEqual({ kind: 'amount', units });
    expect(parseAmount(plainUnits(units))).toEqual({ kind: 'amount', units });
  });

  it.each(['1,250', '1,5', '1e3', '-1', '1.0000000001', '18446744073.709551616', '0', '.', 'all'])(
    '%s is refused in words and never guessed',
    (text) => expect(parseAmount(text).kind).toBe('wrong'),
  );

  it('nothing typed is no mistake', () => expect(parseAmount('  ')).toEqual({ kind: 'empty' }));
});

it('alpha is never called TAO', () => {
  expect(amountWords({ unit: 'alpha', netuid: 3, amount: '1250500000000' })).toBe('1,250.5 alpha of subnet 3');
  expect(amountWords({ unit: 'tao', amount: '1' })).toBe('0.000000001 TAO');
});

it('what is signed shows every decimal', () => expect(exactUnits('1017344912087')).toBe('1,017.344912087'));

it.each([
  ['45120417', '0.045120'],
  ['1000000000', '1.0000'],
  ['91200', '0.0000912'],
  ['0', '0'],
])('a price of %s rao is %s TAO', (rao, text) => expect(priceText(rao)).toBe(text));

it('a small part is not shown as nothing', () => {
  expect(ppmText(0)).toBe('0 %');
  expect(ppmText(1)).toBe('< 0.01 %');
  expect(ppmText(-9_480)).toBe('-0.95 %');
});

it('a tolerance is read as a percentage', () => {
  expect(parsePercentPpm('0.5')).toBe(5_000);
  expect(parsePercentPpm('100 %')).toBe(1_000_000);
  expect(parsePercentPpm('100.1')).toBeNull();
  expect(parsePercentPpm('0,5')).toBeNull();
});
