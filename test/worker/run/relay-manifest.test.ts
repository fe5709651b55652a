import { describe, expect, it } from 'vitest';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { MillraceError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { Hotkey, Uid } from '#protocol/ids.ts';
import { coldkeyOf } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import { awaitRelayed, RELAY_WIDTH, relayOf } from '#worker/run/relay-manifest.ts';
import { type Member, validatorsOf } from '#worker/run/roster.ts';
import { testKey } from '../../support/small-run.ts';

const coldkey = coldkeyOf(testKey(1));
const manifest = blobHash(Uint8Array.of(7));

/** The first of them is a validator. */
const members: readonly Member[] = Array.from({ length: 101 }, (_, uid) => ({
  neuron: {
    ...{ uid: uid as Uid, hotkey: `key ${uid}` as Hotkey, coldkey, stakeRao: rao(1n), registeredAtBlock: uid },
    ...{ validatorPermit: uid === 0, emissionRao: rao(0n), incentive: 0 },
  },
  commitment: { ...NO_COMMITMENT, address: `/m/${uid}` },
  committedAtBlock: 0,
}));
const roster = { members, validators: validatorsOf(members), runSpec: null };
const workers = members.slice(1);
const relays = new Map(
  workers.map(({ neuron: { hotkey }, commitment: { address } }) => [address, relayOf(roster, hotkey, manifest)]),
);

describe('who passes a manifest on', () => {
  it('serves no more than eight others, and as few ask the validators', () => {
    const askedBy = new Map<string | null, number>();
    for (const relay of relays.values()) askedBy.set(relay, (askedBy.get(relay) ?? 0) + 1);
    expect(Math.max(...askedBy.values())).toBe(RELAY_WIDTH);
    expect(askedBy.get(null)).toBe(RELAY_WIDTH);
  });

  it('has it from a validator in the end, over at most two others', () => {
    for (const start of relays.keys()) {
      let hops = 0;
      for (let at = relays.get(start) ?? null; at !== null; at = relays.get(at) ?? null) hops += 1;
      expect(hops).toBeLessThanOrEqual(2);
    }
  });

  it('is another one for another manifest', () => {
    const other = workers.map(({ neuron: { hotkey } }) => relayOf(roster, hotkey, blobHash(Uint8Array.of(8))));
    expect(other).not.toEqual([...relays.values()]);
  });

  it('is nobody for a validator, or for one who is not registered', () => {
    expect(relayOf(roster, 'key 0' as Hotkey, manifest)).toBeNull();
    expect(relayOf(roster, 'nobody' as Hotkey, manifest)).toBeNull();
  });
});

describe('a manifest that is on its way', () => {
  it('is asked for again until it has come', async () => {
    let asked = 0;
    const get = async (): Promise<Uint8Array> => {
      asked += 1;
      if (asked < 3) throw new MillraceError('BLOB_MISSING', 'It does not have it');
      return Promise.resolve(Uint8Array.of(1));
    };
    await awaitRelayed({ get }, manifest, '/m/1', new AbortController().signal);
    expect(asked).toBe(3);
  });

  it('is waited for no longer when the worker stops', async () => {
    const stopping = new AbortController();
    let asked = 0;
    const get = (): Promise<Uint8Array> => {
      asked += 1;
      stopping.abort();
      return Promise.reject(new MillraceError('BLOB_MISSING', 'It does not have it'));
    };
    await awaitRelayed({ get }, manifest, '/m/1', stopping.signal);
    expect(asked).toBe(1);
  });
});
