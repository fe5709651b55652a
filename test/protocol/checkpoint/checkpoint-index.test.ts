import { describe, expect, it } from 'vitest';
import { toHex } from '#protocol/bytes.ts';
import {
  decodeCheckpointIndex,
  encodeCheckpointIndex,
  maxCheckpointIndexBytes,
} from '#protocol/checkpoint/checkpoint-index.ts';
import { checkpointParts } from '#protocol/checkpoint/checkpoint-parts.ts';
import { decodeCbor, encodeCbor } from '#protocol/envelope.ts';
import { blobHash } from '#protocol/hash.ts';
import { testRun } from '../../support/round-fixtures.ts';
import { testRoot } from '../../support/small-run.ts';

const manifest = blobHash(Uint8Array.of(1));
const parts = checkpointParts(testRun.spec).map((_, i) => blobHash(Uint8Array.of(i, 9)));
const index = { run: testRun.id, shard: 0, step: 40, stateRoot: testRoot, manifest, parts };
const pointer = { step: 40, stateRoot: testRoot, manifest };
const bytes = encodeCheckpointIndex(index);

/** The same bytes with a field of another value. */
const changed = (change: object): Uint8Array => encodeCbor({ ...(decodeCbor(bytes) as object), ...change });

describe('the index of a checkpoint', () => {
  it('round-trips, within its limit, and has the same bytes whoever writes it', () => {
    expect(decodeCheckpointIndex(testRun, pointer, bytes)).toEqual(index);
    expect(bytes.length).toBeLessThanOrEqual(maxCheckpointIndexBytes(testRun.spec));
    expect(toHex(bytes)).toBe(
      toHex(encodeCheckpointIndex({ parts, manifest, stateRoot: testRoot, step: 40, shard: 0, run: testRun.id })),
    );
  });

  it.each([
    ['another run', changed({ run: '00'.repeat(32) }), /has run 0000/],
    ['another shard', changed({ shard: 3 }), /has shard 3 instead of 0/],
    ['another step', changed({ step: 39 }), /has step 39 instead of 40/],
    ['another state', changed({ stateRoot: 'ee'.repeat(32) }), /has stateRoot eeee/],
    ['another manifest', changed({ manifest: 'ee'.repeat(32) }), /has manifest eeee/],
    ['too few parts', changed({ parts: new Uint8Array(0) }), /names 0 parts instead of 1/],
    ['too many parts', changed({ parts: new Uint8Array(64) }), /names 2 parts instead of 1/],
    ['half a hash', changed({ parts: new Uint8Array(16) }), /parts: not a list of hashes/],
    ['a later version', changed({ version: 2 }), /version/],
    ['more fields', changed({ extra: 1 }), /extra/],
    ['no CBOR', Uint8Array.of(0xff), /Malformed CBOR/],
  ])('is refused with %s', (_, wrong, message) => {
    expect(() => decodeCheckpointIndex(testRun, pointer, wrong)).toThrow(message);
  });
});
