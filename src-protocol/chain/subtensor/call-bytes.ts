import { compactToU8a, u8aToHex } from '@polkadot/util';
import { concatBytes } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { publicKeyOf } from '../../keys.ts';
import type { Submittable } from './send-call.ts';

/**
 * What a call must look like when it is signed, made without the chain's metadata: a node that lies there could give the name of
 * one call to the number of another, and a signature for staking would send everything away.
 */

/** Numbers of pallets (runtime/src/lib.rs, construct_runtime) and of their calls; a chain that changed one would break every wallet. */
const PALLETS = { balances: 5, subtensor: 7, utility: 11, commitments: 18 } as const;
const CALLS = {
  balances: { transferKeepAlive: 3 },
  subtensor: {
    ...{ setWeights: 0, commitWeights: 96, revealWeights: 97, burnedRegister: 7, registerLimit: 134 },
    ...{ addStakeLimit: 88, removeStakeLimit: 89, removeStakeFullLimit: 103, moveStake: 85, transferStake: 86 },
    swapStakeLimit: 90,
  },
  utility: { batchAll: 2 },
  commitments: { setCommitment: 0 },
} as const;
/** `MultiAddress::Id`. */
const ID = 0;
/** `Data::Raw` of n bytes has the number n + 1: pallets/commitments/src/types.rs. */
const RAW = 1;

type Bytes = ArrayLike<number>;

/** @throws ProtocolError when what the node's metadata has under a call's name is not these bytes */
export function asExpected(call: Submittable, expected: Uint8Array): Submittable {
  if (call.method.toHex() === u8aToHex(expected)) return call;
  throw new ProtocolError(
    'This node describes its calls otherwise than Subtensor has them: what is shown would not be what is signed. Nothing was signed.',
  );
}

export const subtensorBytes = (call: keyof (typeof CALLS)['subtensor'], ...args: readonly Bytes[]): Uint8Array =>
  join([PALLETS.subtensor, CALLS.subtensor[call]], ...args);

/** @param amount rao */
export const transferBytes = (to: string, amount: bigint): Uint8Array =>
  join([PALLETS.balances, CALLS.balances.transferKeepAlive, ID], publicKeyOf(to), compactToU8a(amount));

export const commitmentBytes = (netuid: number, fields: readonly Uint8Array[]): Uint8Array =>
  join(
    ...[[PALLETS.commitments, CALLS.commitments.setCommitment], u16(netuid)],
    list(fields.map((field) => join([RAW + field.length], field))),
  );

/** Several in one transaction. */
export const batchBytes = (calls: readonly Uint8Array[]): Uint8Array =>
  join([PALLETS.utility, CALLS.utility.batchAll], list(calls));

export const list = (items: readonly Bytes[]): Uint8Array => join(compactToU8a(items.length), ...items);

export function u16(value: number): Uint8Array {
  const out = new Uint8Array(2);
  new DataView(out.buffer).setUint16(0, value, true);
  return out;
}

export function u64(value: bigint): Uint8Array {
  const out = new Uint8Array(8);
  new DataView(out.buffer).setBigUint64(0, value, true);
  return out;
}

const join = (...parts: readonly Bytes[]): Uint8Array => concatBytes(...parts.map((part) => Uint8Array.from(part)));
