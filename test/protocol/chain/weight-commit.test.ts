import { expect, it } from 'vitest';
import { commitHashOf } from '#network/devnet/pallets/subtensor/commit-weights.ts';
import { toHex } from '#protocol/bytes.ts';
import { weightCommitHash } from '#protocol/chain/weight-commit.ts';
import type { Uid } from '#protocol/ids.ts';
import { hotkeyOf, keyPairFromSeed, publicKeyOf } from '#protocol/keys.ts';

const hotkey = hotkeyOf(keyPairFromSeed(new Uint8Array(32).fill(3)));

/** The devnet encodes with another library, by the types of the chain's metadata. */
it.each([0, 1, 63, 64, 4_096])(
  'the hash of %i weights is the one that the chain makes when they are revealed',
  (count) => {
    const weights = Array.from({ length: count }, (_, n) => ({ uid: n as Uid, weight: (n * 7_919) % 65_536 }));
    const salt = [0, 1, 65_535];
    const versionKey = 2n ** 64n - 2n;
    const [uids, values] = [weights.map(({ uid }) => uid), weights.map(({ weight }) => weight)];
    const chains = commitHashOf(publicKeyOf(hotkey), { netuid: 513, uids, values, versionKey }, salt);
    expect(weightCommitHash(hotkey, 513, { weights, salt, versionKey })).toBe(toHex(chains));
  },
);

it('another salt, version or subnet gives another hash', () => {
  const given = { weights: [{ uid: 1 as Uid, weight: 5 }], salt: [1], versionKey: 0n };
  const hashes = [
    weightCommitHash(hotkey, 1, given),
    weightCommitHash(hotkey, 2, given),
    weightCommitHash(hotkey, 1, { ...given, salt: [2] }),
    weightCommitHash(hotkey, 1, { ...given, versionKey: 1n }),
  ];
  expect(new Set(hashes).size).toBe(hashes.length);
});
