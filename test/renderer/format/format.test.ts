import { describe, expect, it } from 'vitest';
import {
  bytesText,
  gradientNormText,
  lossText,
  orUnknown,
  reputationText,
  scoreText,
  tokensPerSecondText,
} from '#renderer/format/numbers.ts';
import { alphaText, exactAlphaText, exactTaoText, taoText } from '#renderer/format/tao.ts';
import { agoText, secondsLeft } from '#renderer/format/time.ts';

it('writes alpha as alpha', () => {
  expect(alphaText('4100000000')).toBe('4.1000');
  expect(exactAlphaText('4100000001')).toBe('4.100000001 alpha');
});

describe('taoText', () => {
  it.each([
    ['0', '0.0000'],
    ['1', '0.000000'],
    ['451238900', '0.451238'],
    ['999999999', '0.999999'],
    ['1000000000', '1.0000'],
    ['1017344912087', '1,017.3449'],
    ['18446744073709551615', '18,446,744,073.7095'],
  ])('writes %s rao as %s', (amountRao, text) => expect(taoText(amountRao)).toBe(text));

  it('keeps every rao in the exact form', () => expect(exactTaoText('1000000001')).toBe('1.000000001 TAO'));
});

describe('bytesText', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '0.98 KiB'],
    [187_000, '183 KiB'],
    [1023 * 1024, '1.00 MiB'],
    [24_564 * 1024 ** 2, '24.0 GiB'],
    [8 * 1024 ** 3, '8.00 GiB'],
    [2_000 * 1024 ** 4, '2000 TiB'],
  ])('writes %d bytes as %s', (sizeBytes, text) => expect(bytesText(sizeBytes)).toBe(text));
});

describe('numbers', () => {
  it('keeps their width: three decimals of loss, whole tokens', () => {
    expect(lossText(2.3)).toBe('2.300');
    expect([scoreText(61.6), scoreText(0), scoreText(null)]).toEqual(['62', '0', '–']);
    expect([0, 0.26, 9.94, 50.4, null].map(reputationText)).toEqual(['0.0', '0.3', '9.9', '50', '–']);
    expect(tokensPerSecondText(12_345.6)).toBe('12,346');
    expect(tokensPerSecondText(3.14)).toBe('3.1');
  });

  it.each([
    [0, '0.00'],
    [0.41723, '0.417'],
    [17.36, '17.4'],
    [999.4, '999'],
    [1_234, '1.2e+3'],
    [0.000_42, '4.2e-4'],
  ])('writes a gradient norm of %d as %s', (norm, text) => expect(gradientNormText(norm)).toBe(text));

  it('says unknown instead of guessing', () => {
    expect(orUnknown<number>(null, String)).toBe('unknown');
    expect(orUnknown(0, String)).toBe('0');
  });
});

describe('agoText', () => {
  it.each([
    [-5_000, 'just now'],
    [44_000, 'just now'],
    [46_000, '1 min ago'],
    [59 * 60_000, '59 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [25 * 3_600_000, 'yesterday'],
    [72 * 3_600_000, '3 days ago'],
  ])('calls %d ms "%s"', (ageMs, text) => expect(agoText(1e12 - ageMs, 1e12)).toBe(text));
});

describe('secondsLeft', () => {
  it('counts whole seconds down to zero and stays there', () => {
    expect([8_000, 7_999, 1, 0, -500].map((leftMs) => secondsLeft(1e12 + leftMs, 1e12))).toEqual([8, 8, 1, 0, 0]);
  });
});
