import { ProtocolError } from './errors.ts';

declare const brand: unique symbol;

/** 1 TAO = 1e9 rao. Always a bigint; crosses JSON as a decimal string. */
export type Rao = bigint & { readonly [brand]: 'Rao' };

/** The token of a subnet, in its smallest unit: 1 alpha = 1e9 of these, as TAO has rao. Never a sum with rao: the pool sets the price. */
export type Alpha = bigint & { readonly [brand]: 'Alpha' };

export const RAO_PER_TAO = 1_000_000_000n;
export const ZERO_RAO = 0n as Rao;
export const ZERO_ALPHA = 0n as Alpha;

/** u64 on chain, TAO and alpha alike. */
const MAX_AMOUNT = (1n << 64n) - 1n;

export const rao = (amount: bigint | number): Rao => checkAmount(amount, 'rao') as Rao;
export const alpha = (amount: bigint | number): Alpha => checkAmount(amount, 'alpha') as Alpha;

function checkAmount(amount: bigint | number, unit: string): bigint {
  const value = BigInt(amount);
  if (value < 0n || value > MAX_AMOUNT) {
    throw new ProtocolError(`Amount outside of 0…2^64−1 ${unit}: ${value.toString()}`);
  }
  return value;
}

/** Reads the decimal string in which amounts cross JSON. */
export const parseRao = (text: unknown): Rao => rao(parseAmount(text, 'rao'));
export const parseAlpha = (text: unknown): Alpha => alpha(parseAmount(text, 'alpha'));

function parseAmount(text: unknown, unit: string): bigint {
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) throw new ProtocolError(`Not an amount in ${unit}`);
  return BigInt(text);
}

export const addRao = (a: Rao, b: Rao): Rao => rao(a + b);
export const addAlpha = (a: Alpha, b: Alpha): Alpha => alpha(a + b);

/** For people: `1.2345 TAO` with at most `digits` decimals, never rounded up. */
export function formatTao(amount: Rao, digits = 4): string {
  const whole = amount / RAO_PER_TAO;
  const fraction = (amount % RAO_PER_TAO).toString().padStart(9, '0').slice(0, digits);
  return digits === 0 ? whole.toString() : `${whole.toString()}.${fraction}`;
}
