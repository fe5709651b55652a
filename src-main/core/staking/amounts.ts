import { ProtocolError } from '#protocol/errors.ts';
import { type Alpha, alpha, type Rao, rao } from '#protocol/units.ts';

declare const brand: unique symbol;

/** Rao for one alpha (10^9 of its smallest units), as the chain writes its prices and limits. */
export type Price = bigint & { readonly [brand]: 'Price' };

/** Alpha of another subnet for one alpha, × 10^9, as the chain writes the limit of a swap of stake; root's alpha is TAO. */
export type Ratio = bigint & { readonly [brand]: 'Ratio' };

/** Smallest units in one TAO, and in one alpha of any subnet. */
const UNITS = 1_000_000_000n;
const DECIMALS = 9;
const U64_MAX = (1n << 64n) - 1n;

/** Parts in a whole, for tolerances and slippage. */
export const MILLION = 1_000_000;

/** Where alpha is not traded in a pool (root) one is one TAO. */
export const ONE_FOR_ONE = UNITS as Price;

/** @throws ProtocolError when it does not fit the chain's u64 */
export function price(raoForOneAlpha: bigint): Price {
  if (raoForOneAlpha < 0n || raoForOneAlpha > U64_MAX) throw new ProtocolError('Price outside of 0…2^64−1 rao');
  return raoForOneAlpha as Price;
}

/** What a person typed as an amount of TAO, such as `1.25`: `null` for what is none, or has more than 9 decimals. */
export const parseTao = (text: string): Rao | null => {
  const units = parseUnits(text);
  return units === null ? null : rao(units);
};

/** The same of alpha. */
export const parseAlphaTokens = (text: string): Alpha | null => {
  const units = parseUnits(text);
  return units === null ? null : alpha(units);
};

function parseUnits(text: string): bigint | null {
  const [, whole, fraction = ''] = /^(\d{1,11})(?:\.(\d{1,9}))?$/.exec(text.trim()) ?? [];
  if (whole === undefined) return null;
  const units = BigInt(whole) * UNITS + BigInt(fraction.padEnd(DECIMALS, '0'));
  return units > U64_MAX ? null : units;
}

/** Every decimal, without zeros at the end: `1.25`, `0.000000001`. What it says can be typed again without loss. */
export const exactTao = (amount: Rao): string => exact(amount);
export const exactAlpha = (amount: Alpha): string => exact(amount);
export const exactPrice = (raoForOneAlpha: Price): string => exact(raoForOneAlpha);
export const exactRatio = (ratio: Ratio): string => exact(ratio);

function exact(units: bigint): string {
  const fraction = (units % UNITS).toString().padStart(DECIMALS, '0').replace(/0+$/, '');
  return fraction === '' ? (units / UNITS).toString() : `${(units / UNITS).toString()}.${fraction}`;
}

/** What alpha would bring at a price that no trade moves, rounded down; at most what fits. */
export const worthOf = (amount: Alpha, at: Price): Rao => rao(atMostU64((amount * at) / UNITS));

/** How much alpha an amount would buy at a price that no trade moves, rounded down; nothing where alpha is worth nothing. */
export const alphaFor = (amount: Rao, at: Price): Alpha => alpha(at === 0n ? 0n : atMostU64((amount * UNITS) / at));

/** The highest price to buy at. Rounded down, so that it never tolerates more than it says. */
export const limitToBuy = (now: Price, tolerancePpm: number): Price =>
  price(atMostU64((now * BigInt(MILLION + tolerancePpm)) / BigInt(MILLION)));

/** The lowest price to sell at. Rounded up, for the same reason. */
export function limitToSell(now: Price, tolerancePpm: number): Price {
  const kept = BigInt(Math.max(0, MILLION - tolerancePpm));
  return price((now * kept + BigInt(MILLION - 1)) / BigInt(MILLION));
}

/** The most that something may cost. */
export const limitToPay = (cost: Rao, tolerancePpm: number): Rao =>
  rao(atMostU64((cost * BigInt(MILLION + tolerancePpm)) / BigInt(MILLION)));

/** A part of a whole in parts per million, rounded up: what is missing is never made to look smaller. */
export const partsPerMillion = (part: bigint, whole: bigint): number =>
  part <= 0n || whole === 0n ? 0 : Number((part * BigInt(MILLION) + whole - 1n) / whole);

/** `0.5 %` for 5,000 parts per million; at most two decimals, rounded up. */
export function formatPercent(ppm: number): string {
  return `${(Math.ceil(ppm / 100) / 100).toString()} %`;
}

const atMostU64 = (x: bigint): bigint => (x > U64_MAX ? U64_MAX : x);
