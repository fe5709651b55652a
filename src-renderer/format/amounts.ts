import type { AmountText } from '#protocol/contract/wallet.ts';

/** Smallest units in one TAO, and in one alpha of any subnet. */
export const UNITS = 1_000_000_000n;
const DECIMALS = 9;
const U64_MAX = (1n << 64n) - 1n;

const grouped = new Intl.NumberFormat('en');

type ParsedAmount =
  | { readonly kind: 'empty' }
  | { readonly kind: 'wrong'; readonly message: string }
  | { readonly kind: 'amount'; readonly units: bigint };

/** What a person typed as an amount of TAO or alpha, such as `1.25`. Never guesses: `1,250` may mean two things. */
export function parseAmount(text: string): ParsedAmount {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty' };
  if (trimmed.includes(',')) return wrong('Write a dot before the decimals and no commas: 1250.5');
  const [, whole, fraction = ''] = /^(\d{0,11})(?:\.(\d*))?$/.exec(trimmed) ?? [];
  if (whole === undefined || (whole === '' && fraction === '')) return wrong('Write a number, such as 1.25');
  if (fraction.length > DECIMALS) return wrong('At most 9 decimals');
  const units = BigInt(whole === '' ? 0 : whole) * UNITS + BigInt(fraction.padEnd(DECIMALS, '0'));
  if (units > U64_MAX) return wrong('That is more than there can be');
  return units === 0n ? wrong('More than zero') : { kind: 'amount', units };
}

const wrong = (message: string): ParsedAmount => ({ kind: 'wrong', message });

/** Every decimal, no zeros at the end, no grouping: can be typed again without loss. */
export function plainUnits(units: bigint): string {
  const fraction = (units % UNITS).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return fraction === '' ? (units / UNITS).toString() : `${(units / UNITS).toString()}.${fraction}`;
}

/** Every decimal that is one, grouped: `1,250.5`. For what is going to be signed. */
export function exactUnits(text: string): string {
  const [whole = '0', fraction] = plainUnits(BigInt(text)).split('.');
  const head = grouped.format(BigInt(whole));
  return fraction === undefined ? head : `${head}.${fraction}`;
}

/** `1,250.5 TAO`, or `30 alpha of subnet 3`: the unit always says what it is. */
export const amountWords = (amount: AmountText): string => `${exactUnits(amount.amount)} ${unitWords(amount)}`;

const unitWords = (amount: AmountText): string =>
  amount.unit === 'tao' ? 'TAO' : `alpha of subnet ${amount.netuid.toString()}`;

/** A price, five significant digits, cut: `0.045123`. Rao for one alpha. */
export function priceText(priceRao: string): string {
  const plain = exactUnits(priceRao);
  const [whole = '0', fraction = ''] = plain.split('.');
  if (whole !== '0') return `${whole}.${fraction.slice(0, 4).padEnd(4, '0')}`;
  const zeros = /^0*/.exec(fraction)?.[0].length ?? 0;
  const kept = fraction.slice(0, zeros + 5);
  return kept === '' ? '0' : `0.${kept.padEnd(4, '0')}`;
}

/** `0.5 %`, `-1.25 %`: at most two decimals; what is not nothing is not shown as nothing. */
export function ppmText(ppm: number): string {
  const size = Math.abs(ppm);
  if (size > 0 && size < 100) return ppm < 0 ? '-0.01 %' : '< 0.01 %';
  return `${(Math.round(ppm / 100) / 100).toString()} %`;
}

/** With a plus before gains, for returns. */
export const gainText = (ppm: number): string => (ppm > 0 ? `+${ppmText(ppm)}` : ppmText(ppm));

/** A percentage such as `0.5` in parts per million, 0…1,000,000; `null` for what is none. */
export function parsePercentPpm(text: string): number | null {
  const [, whole, fraction = ''] = /^\s*(\d{1,3})(?:\.(\d{1,4}))?\s*%?\s*$/.exec(text) ?? [];
  if (whole === undefined) return null;
  const ppm = Number(whole) * 10_000 + Number(fraction.padEnd(4, '0'));
  return ppm <= 1_000_000 ? ppm : null;
}

/** `part` of 100 percent, rounded down. */
export const percentOf = (units: bigint, percent: number): bigint => (units * BigInt(percent)) / 100n;

/** Without its decimals, cut: for amounts that are compared and not used. */
export const wholeText = (text: string): string => grouped.format(BigInt(text) / UNITS);
