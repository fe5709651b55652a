import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DevnetGenesis } from '#protocol/worker-messages.ts';
import { RAO_PER_TAO } from '#protocol/units.ts';
import { openKeyFile, type StoredKey } from './keys/key-file.ts';

/** As on Bittensor, where subnet 3 trains models. */
export const DEVNET_NETUID = 3;
/** One round takes 15 s, and ends with a payment. */
const BLOCK_MS = 500;
export const ROUND_BLOCKS = 30;
export const ROUND_MS = ROUND_BLOCKS * BLOCK_MS;
/** Of the 30, 19 to train and send; one more draws what is measured; in the rest the validator scores and all apply. */
export const TRAIN_BLOCKS = 19;
/** Of the subnet's token. */
const VALIDATOR_STAKE = 1000n * 1_000_000_000n;
/** For registering, and to give away. */
const COMPANIONS_RAO = 10_000n * RAO_PER_TAO;

export const COMPANIONS = ['companion-1', 'companion-2'] as const;
export type Companion = (typeof COMPANIONS)[number];

/** Everyone on the devnet but the owner of this machine. */
export interface DevnetIdentities {
  /** Coldkey that owns subnet and validator. */
  readonly owner: StoredKey;
  /** Hotkey that validates and, as the subnet's owner hotkey, publishes the run. */
  readonly validator: StoredKey;
  /** Coldkey that pays for both companions' registration, and gives the owner of this machine what registering costs. */
  readonly companions: StoredKey;
  readonly 'companion-1': StoredKey;
  readonly 'companion-2': StoredKey;
}

/**
 * Opens `home/devnet/identities.json`, or creates it.
 * @throws MillraceError SETTINGS when it is damaged; the chain knows these keys, so new ones would not do
 */
export function openDevnetIdentities(
  home: string,
  randomSeed: () => Uint8Array = () => randomBytes(32),
): DevnetIdentities {
  const folder = join(home, 'devnet');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const names = ['owner', 'validator', 'companions', ...COMPANIONS] as const;
  return openKeyFile(join(folder, 'identities.json'), names, randomSeed);
}

export const devnetGenesis = ({ owner, validator, companions }: DevnetIdentities): DevnetGenesis => ({
  blockMs: BLOCK_MS,
  netuid: DEVNET_NETUID,
  tempo: ROUND_BLOCKS,
  ownerHotkey: validator.pair.address,
  ownerColdkey: owner.pair.address,
  validators: [
    {
      hotkey: validator.pair.address,
      coldkey: owner.pair.address,
      stakeAlpha: VALIDATOR_STAKE.toString(),
    },
  ],
  balances: [{ account: companions.pair.address, amountRao: COMPANIONS_RAO.toString() }],
});
