import { describe, expect, it } from 'vitest';
import { concatBytes } from '#protocol/bytes.ts';
import { MAX_COMMITMENT_FIELD_BYTES, MAX_COMMITMENT_FIELDS } from '#protocol/chain/chain-client.ts';
import { decodeCommitment, encodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { blobHash } from '#protocol/hash.ts';
import type { StateRoot } from '#protocol/ids.ts';

const full = {
  address: '/ip4/127.0.0.1/tcp/4001/p2p/12D3KooW',
  manifest: { round: 77, hash: blobHash(new Uint8Array(1)) },
  checkpoint: { step: 70, stateRoot: 'cd'.repeat(32) as StateRoot, index: blobHash(new Uint8Array(3)) },
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

  it('of a validator that owns its subnet fits into the three fields that the chain has', () => {
    const fields = encodeCommitment({ ...full, address: `/dns4/${'x'.repeat(40)}/tcp/65535/p2p/${'1'.repeat(52)}` });
    expect(fields.length).toBeLessThanOrEqual(MAX_COMMITMENT_FIELDS);
    for (const field of fields) expect(field.length).toBeLessThanOrEqual(MAX_COMMITMENT_FIELD_BYTES);
  });

  it('reads on after a record that it knows, and not after one that it does not', () => {
    const [, state] = encodeCommitment(full);
    const { manifest, checkpoint } = full;
    expect(decodeCommitment([state!])).toEqual({ ...NO_COMMITMENT, manifest, checkpoint });
    expect(decodeCommitment([concatBytes(state!, Uint8Array.of(77, 1))])).toEqual({
      ...NO_COMMITMENT,
      manifest,
      checkpoint,
    });
    expect(decodeCommitment([concatBytes(Uint8Array.of(77), state!)])).toEqual(NO_COMMITMENT);
    expect(decodeCommitment([state!.subarray(0, -1)]), 'a record cut short').toEqual({ ...NO_COMMITMENT, manifest });
  });

  it('refuses an address that no field can hold', () => {
    expect(() => encodeCommitment({ ...NO_COMMITMENT, address: 'x'.repeat(128) })).toThrow(/127 bytes/);
  });
});
