import { decodeAddress } from '@polkadot/util-crypto/address/decode';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { RPC_CODES, RpcError } from './rpc-error.ts';

export const hex = (bytes: Uint8Array): string => `0x${toHex(bytes)}`;

/** A parameter of hex, as bytes; 0x may be left out, as with other nodes. @throws RpcError */
export function bytesParam(value: unknown, name: string): Uint8Array {
  if (typeof value !== 'string' || !/^(?:0x)?(?:[0-9a-fA-F]{2})*$/.test(value)) {
    throw new RpcError(RPC_CODES.invalidParams, `${name} must be hex`);
  }
  return fromHex(value.replace(/^0x/, '').toLowerCase());
}

/** Lower case, without 0x; `null` when it was left out. @throws RpcError */
export function optionalHex(value: unknown, name: string): string | null {
  return value === undefined || value === null ? null : toHex(bytesParam(value, name));
}

/** An id or a name as text; of anything else, which may not even have a text, the empty one. */
export const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** A block's hash, in lower case and without 0x. @throws RpcError */
export function hashParam(value: unknown): string {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{64}$/.test(value))
    throw new RpcError(RPC_CODES.invalidParams, 'The block hash must be 32 bytes of hex with 0x');
  return value.slice(2).toLowerCase();
}

/** A whole number from 0 on, also as hex with 0x. @throws RpcError */
export function numberParam(value: unknown, name: string): number {
  const number = typeof value === 'string' && /^0x[0-9a-fA-F]{1,8}$/.test(value) ? Number.parseInt(value, 16) : value;
  if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) {
    throw new RpcError(RPC_CODES.invalidParams, `${name} must be a whole number`);
  }
  return number;
}

/** A list of at most so many. @throws RpcError */
export function listParam(value: unknown, name: string, most: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) {
    throw new RpcError(RPC_CODES.invalidParams, `${name} must be a list of at most ${most}`);
  }
  return value as readonly unknown[];
}

/** The public key of an SS58 address, of any chain's prefix. @throws RpcError */
export function accountParam(value: unknown): Uint8Array {
  try {
    // Of hex it would take any length.
    if (typeof value === 'string' && /^[1-9A-HJ-NP-Za-km-z]{46,50}$/.test(value)) return decodeAddress(value);
  } catch {
    // Its checksum is wrong.
  }
  throw new RpcError(RPC_CODES.invalidParams, 'The account must be an SS58 address');
}

/** Rao, as a number or a decimal string. @throws RpcError */
export function amountParam(value: unknown, name: string, most: bigint): bigint {
  const isAmount = typeof value === 'number' ? Number.isSafeInteger(value) : /^\d{1,20}$/.test(textOf(value));
  const amount = isAmount ? BigInt(value as string | number) : -1n;
  if (amount < 0n || amount > most)
    throw new RpcError(RPC_CODES.invalidParams, `${name} must be from 0 to ${most} rao`);
  return amount;
}
