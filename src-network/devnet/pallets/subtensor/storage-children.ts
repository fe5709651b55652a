import { tuple, vec } from '../../scale/composites.ts';
import { accountId, u16, u64 } from '../../scale/primitives.ts';
import { mapKey, storageMap } from '../../metadata/pallet.ts';
import { ofAccount, ofSubnet, perAccountInSubnet, perNeuronKey, perSubnet, single, SUBTENSOR } from './storage-item.ts';

/**
 * Which hotkeys validate with the stake of others. A link is a u64 proportion of the parent's stake and the other's account.
 * Source: pallets/subtensor/src/lib.rs.
 */
export type Link = readonly [bigint, Uint8Array];

const links = vec(tuple(u64, accountId));

/** Of a parent in a subnet: its children; and the other way round. */
export const childKeys = perAccountInSubnet<readonly Link[]>('ChildKeys', links, []);
export const parentKeys = perAccountInSubnet<readonly Link[]>('ParentKeys', links, []);
/** Children that a parent will have with the first epoch after that block. */
export const pendingChildKeys = perNeuronKey<readonly [readonly Link[], bigint]>(
  'PendingChildKeys',
  tuple(links, u64),
  [[], 0n],
);
/** Blocks for which they wait. */
export const pendingChildKeyCooldown = single('PendingChildKeyCooldown', u64, 7200n);

/** u16 proportions of the dividends of its parents that a child keeps. */
export const childkeyTake = perAccountInSubnet('ChildkeyTake', u16, 0);
export const minChildkeyTake = single('MinChildkeyTake', u16, 0);
export const minChildkeyTakePerSubnet = perSubnet('MinChildkeyTakePerSubnet', u16, 0);
/** 18 %. */
export const maxChildkeyTake = single('MaxChildkeyTake', u16, 11_796);
/** Blocks until a take may be raised again: 30 days. */
export const txChildkeyTakeRateLimit = single('TxChildkeyTakeRateLimit', u64, 216_000n);

/** Hotkey, subnet, kind of call: the block of the last one. */
export const transactionKeyLastBlock = storageMap<[Uint8Array, number, number], bigint>(
  SUBTENSOR,
  'TransactionKeyLastBlock',
  [ofAccount, ofSubnet, mapKey('Identity', u16)],
  u64,
  0n,
);

export const CHILD_STORAGE = [
  childKeys,
  parentKeys,
  pendingChildKeys,
  pendingChildKeyCooldown,
  childkeyTake,
  minChildkeyTake,
  minChildkeyTakePerSubnet,
  maxChildkeyTake,
  txChildkeyTakeRateLimit,
  transactionKeyLastBlock,
];
