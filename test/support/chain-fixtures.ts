import { coldkeyOf, hotkeyOf, type KeyPair, keyPairFromSeed } from '#protocol/keys.ts';
import type { DevnetGenesis } from '#protocol/worker-messages.ts';

/** Key pairs that are the same in every run: the seed is the number, 32 times. */
export const testKey = (seed: number): KeyPair => keyPairFromSeed(new Uint8Array(32).fill(seed));

export const owner = { hot: testKey(1), cold: testKey(2) };
export const validator = { hot: testKey(3), cold: testKey(4) };

export const NETUID = 1;

/** One owner, one validator with stake, no miners yet; 1 TAO a block, paid every 10 blocks. */
export function testGenesis(changes: Partial<DevnetGenesis> = {}): DevnetGenesis {
  return {
    blockMs: 50,
    netuid: NETUID,
    tempo: 10,
    ownerHotkey: hotkeyOf(owner.hot),
    ownerColdkey: coldkeyOf(owner.cold),
    validators: [{ hotkey: hotkeyOf(validator.hot), coldkey: coldkeyOf(validator.cold), stakeAlpha: '5000000000' }],
    balances: [{ account: coldkeyOf(owner.cold), amountRao: '7000000000' }],
    ...changes,
  };
}
