import { ProtocolError } from './errors.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** SS58 address (prefix 42) of the key that works: sr25519. */
export type Hotkey = Brand<string, 'Hotkey'>;
/** SS58 address (prefix 42) of the key that owns money. */
export type Coldkey = Brand<string, 'Coldkey'>;
/** SHA-256 of a blob, 64 lower-case hex digits. */
export type BlobHash = Brand<string, 'BlobHash'>;
/** Merkle root of a model state, 64 lower-case hex digits. */
export type StateRoot = Brand<string, 'StateRoot'>;
/** Hash of the run specification: names the run. */
export type RunId = Brand<string, 'RunId'>;
/** Number of a training round; block number ÷ round length. */
export type RoundNumber = Brand<number, 'RoundNumber'>;
/** Index of a neuron in its subnet. */
export type Uid = Brand<number, 'Uid'>;

const HEX_32_BYTES = /^[0-9a-f]{64}$/;
const SS58 = /^[1-9A-HJ-NP-Za-km-z]{47,48}$/;

const parse = (pattern: RegExp, what: string, value: unknown): string => {
  if (typeof value !== 'string' || !pattern.test(value)) throw new ProtocolError(`Not a ${what}: ${describe(value)}`);
  return value;
};

const describe = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : typeof value;

/** Shape checks only; the checksum of an address is checked in keys.ts. Each throws ProtocolError. */
export const parseHotkey = (value: unknown): Hotkey => parse(SS58, 'hotkey address', value) as Hotkey;
export const parseBlobHash = (value: unknown): BlobHash => parse(HEX_32_BYTES, 'blob hash', value) as BlobHash;
