import { ProtocolError } from './errors.ts';

declare const brand: unique symbol;

/** 1 TAO = 1e9 rao. Always a bigint; crosses JSON as a decimal string. */
export type Rao = bigint & { readonly [brand]: 'Rao' };

export const RAO_PER_TAO = 1_000_000_000n;
export const ZERO_RAO = 0n as Rao;

/** u64 on chain. */
const MAX_RAO = (1n << 64n) - 1n;

export function rao(amount: bigint | number): Rao {
  const value = BigInt(amount);
  if (value < 0n || value > MAX_RAO) throw new ProtocolError(`Amount outside of 0…2^64−1 rao: ${value.toString()}`);
  return value as Rao;
}

/** Reads the decimal string in which amounts cross JSON. */
export function parseRao(text: unknown): Rao {
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) throw new ProtocolError('Not an amount in rao');
  return rao(BigInt(text));
}

export const addRao = (a: Rao, b: Rao): Rao => rao(a + b);

/** For people: `1.2345 TAO` with at most `digits` decimals, never rounded up. */
export function formatTao(amount: Rao, digits = 4): string {
  const whole = amount / RAO_PER_TAO;
  const fraction = (amount % RAO_PER_TAO).toString().padStart(9, '0').slice(0, digits);
  return digits === 0 ? whole.toString() : `${whole.toString()}.${fraction}`;
}
