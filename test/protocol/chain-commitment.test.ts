import { describe, expect, it } from 'vitest';
import { decodeCommitment, encodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { blobHash } from '#protocol/hash.ts';

const full = {
  address: '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW',
  manifest: { round: 77, hash: blobHash(new Uint8Array(1)) },
  runSpec: blobHash(new Uint8Array(2)),
};

describe('a commitment', () => {
  it('round-trips whole and in parts', () => {
    expect(decodeCommitment(encodeCommitment(full))).toEqual(full);
    const part = { ...NO_COMMITMENT, runSpec: full.runSpec };
    expect(decodeCommitment(encodeCommitment(part))).toEqual(part);
  });

  it('of strangers reads as absent where it is not ours', () => {
    const fields = [Uint8Array.of(), Uint8Array.of(9, 1, 2), Uint8Array.of(2, 1), Uint8Array.of(1, 0x07)];
    expect(decodeCommitment(fields)).toEqual(NO_COMMITMENT);
  });

  it('refuses an address that no field can hold', () => {
    expect(() => encodeCommitment({ ...NO_COMMITMENT, address: 'x'.repeat(128) })).toThrow(/127 bytes/);
  });
});
