import { describe, expect, it } from 'vitest';
import { encodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { blobHash } from '#protocol/hash.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import {
  checkpointSources,
  leadsOf,
  type Member,
  readRoster,
  withNewVotes,
  sourcesOf,
  updateSources,
  validatorHotkeys,
  validatorsOf,
  votesOf,
} from '#worker/run/roster.ts';
import { NETUID, testGenesis, validator } from '../../support/chain-fixtures.ts';
import { createMemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { testKey, testRoot } from '../../support/small-run.ts';

const hotkeyAt = (uid: number) => hotkeyOf(testKey(10 + uid));

function member(
  uid: number,
  kind: 'validator' | 'worker',
  stake: number,
  address: string | null = `/m/${uid}`,
): Member {
  return {
    neuron: {
      ...{
        uid: uid as Uid,
        hotkey: hotkeyAt(uid),
        coldkey: coldkeyOf(testKey(30 + uid)),
        stakeRao: rao(BigInt(stake)),
      },
      ...{ validatorPermit: kind === 'validator', registeredAtBlock: uid, emissionRao: rao(0n), incentive: 0 },
    },
    commitment: { ...NO_COMMITMENT, address },
    committedAtBlock: 0,
  };
}
const rosterOf = (members: readonly Member[]) => ({ members, validators: validatorsOf(members), runSpec: null });

describe('who leads in a round', () => {
  const ROUND = 7;
  /** Stands behind a manifest of this round. */
  const spokeIn = (one: Member, round: number): Member => ({
    ...one,
    commitment: { ...one.commitment, manifest: { round, hash: blobHash(new Uint8Array(1)) } },
  });
  const order = (...spoke: readonly (number | null)[]) => {
    const all = [40, 30, 20, 10].map((stake, uid) => member(uid, 'validator', stake));
    const said = (one: Member, round: number | null): Member => (round === null ? one : spokeIn(one, round));
    const roster = rosterOf(all.map((one, uid) => said(one, spoke[uid] ?? null)));
    return leadsOf(roster, ROUND).map((hotkey) => [0, 1, 2, 3].find((uid) => hotkeyAt(uid) === hotkey));
  };

  it.each([
    ['goes by stake while nobody has said anything', [null, null, null, null], [0, 1, 2, 3]],
    ['goes by stake among those who said something in the round before', [6, 6, 6, 6], [0, 1, 2, 3]],
    ['puts last who did not', [6, 5, 6, 6], [0, 2, 3, 1]],
    ['puts last who has never said anything', [null, 6, 6, 6], [1, 2, 3, 0]],
    ['counts what is said in this round', [6, 7, 6, 5], [0, 1, 2, 3]],
    ['takes a silent one back in when it speaks', [6, 7, 6, 6], [0, 1, 2, 3]],
    ['puts last who only has something to say of rounds to come', [0xffff_ffff, 6, 6, 6], [1, 2, 3, 0]],
    ['is left to no few who talk', [5, 5, 6, 6], [0, 1, 2, 3]],
    ['is not changed by the first who speak after a pause', [7, 5, 7, 5], [0, 1, 2, 3]],
  ])('%s', (_, spoke, uids) => {
    expect(order(...spoke)).toEqual(uids);
  });
});

describe('the order in which validators lead', () => {
  it.each([
    ['is empty in an empty subnet', [], []],
    ['is empty without validators, whatever a worker has staked', [member(0, 'worker', 9)], []],
    [
      'begins with the most stake',
      [member(0, 'validator', 3), member(1, 'validator', 5), member(2, 'validator', 4)],
      [1, 2, 0],
    ],
    ['holds no worker with more stake', [member(0, 'worker', 9), member(1, 'validator', 5)], [1]],
    ['is that of registration among equals', [member(2, 'validator', 5), member(1, 'validator', 5)], [1, 2]],
    ['holds one without stake too', [member(3, 'validator', 0)], [3]],
  ])('%s', (_, members, uids) => {
    expect(validatorsOf(members).map(({ neuron }) => neuron.uid)).toEqual(uids);
  });
});

describe('the sources of a blob', () => {
  const roster = rosterOf([
    member(0, 'worker', 0),
    member(1, 'validator', 1),
    member(2, 'worker', 0),
    member(3, 'validator', 9),
    member(4, 'worker', 0, null),
  ]);

  it.each([
    ['validators as they lead, then others', 4, [3, 1, 0, 2]],
    ['never the own address', 1, [3, 0, 2]],
  ])('are %s', (_, own, uids) => {
    expect(sourcesOf(roster, hotkeyAt(own))).toEqual(uids.map((uid) => `/m/${uid}`));
  });

  it('do not decide who may sign manifests: those with a permit do', () => {
    expect(validatorHotkeys(roster)).toEqual(new Set([hotkeyAt(1), hotkeyAt(3)]));
  });
});

describe('what validators stand behind', () => {
  it('is what each has committed, with its place in the order and its block; a worker has no vote', () => {
    const manifest = { round: 7, hash: blobHash(Uint8Array.of(7)) };
    const voting = (who: Member, committedAtBlock: number): Member => ({
      ...who,
      ...{ commitment: { ...who.commitment, manifest }, committedAtBlock },
    });
    const members = [
      voting(member(1, 'validator', 10), 71),
      member(2, 'validator', 50),
      voting(member(3, 'validator', 90), 70),
      voting(member(4, 'worker', 99), 70),
    ];
    const vote = { round: 7, manifest: manifest.hash };
    expect(votesOf(rosterOf(members))).toEqual([
      { hotkey: hotkeyAt(3), stakeRao: 90n, rank: 0, block: 70, ...vote },
      { hotkey: hotkeyAt(1), stakeRao: 10n, rank: 2, block: 71, ...vote },
    ]);
  });
});

describe('whom to ask for a checkpoint', () => {
  const index = blobHash(Uint8Array.of(7));
  const having = (who: Member): Member => {
    return { ...who, commitment: { ...who.commitment, checkpoint: { step: 4, stateRoot: testRoot, index } } };
  };

  it('are validators before all others, and of each those who say that they have it', () => {
    const members = [
      member(1, 'worker', 0),
      having(member(2, 'worker', 0)),
      member(3, 'validator', 5),
      having(member(4, 'validator', 1)),
      having(member(5, 'worker', 0, null)),
    ];
    expect(checkpointSources(rosterOf(members), hotkeyAt(9), index)).toEqual(['/m/4', '/m/3', '/m/2', '/m/1']);
    expect(checkpointSources(rosterOf(members), hotkeyAt(4), index)).toEqual(['/m/3', '/m/2', '/m/1']);
  });

  it('asks for an update first who made it, as long as it has an address and is somebody else', () => {
    const roster = rosterOf([member(1, 'worker', 0), member(2, 'worker', 0, null), member(3, 'validator', 5)]);
    expect(updateSources(roster, hotkeyAt(9), hotkeyAt(1))).toEqual(['/m/1', '/m/3']);
    expect(updateSources(roster, hotkeyAt(9), hotkeyAt(2))).toEqual(['/m/3', '/m/1']);
    expect(updateSources(roster, hotkeyAt(1), hotkeyAt(1))).toEqual(['/m/3']);
    expect(updateSources(roster, hotkeyAt(9), hotkeyAt(8))).toEqual(['/m/3', '/m/1']);
  });

  it('asks two workers before the validators, each those that come after itself', () => {
    const workers = [1, 2, 3, 4, 5].map((uid) => member(uid, 'worker', 0));
    const roster = rosterOf([member(0, 'validator', 5), ...workers]);
    const from = (own: number) => updateSources(roster, hotkeyAt(own), hotkeyAt(2)).slice(0, 4);
    expect(from(1)).toEqual(['/m/2', '/m/3', '/m/4', '/m/0']);
    expect(from(4)).toEqual(['/m/2', '/m/5', '/m/1', '/m/0']);
    expect(updateSources(roster, hotkeyAt(1), hotkeyAt(2)).toSorted()).toEqual([
      '/m/0',
      '/m/2',
      '/m/3',
      '/m/4',
      '/m/5',
    ]);
  });
});

describe('the roster read from the chain', () => {
  const { signal } = new AbortController();
  const worker = testKey(5);
  const commit = async (
    chain: ReturnType<typeof createMemoryChain>,
    key = worker,
    fields: readonly Uint8Array[] = [],
  ) => {
    const done = chain.submit({ kind: 'set-commitment', netuid: NETUID, fields }, key);
    await chain.produceBlock();
    expect(await done).toMatchObject({ kind: 'included' });
  };
  const register = async (chain: ReturnType<typeof createMemoryChain>, key = worker) => {
    const done = chain.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(key) }, testKey(6));
    await chain.produceBlock();
    expect(await done).toMatchObject({ kind: 'included' });
  };

  it("holds every neuron with what it committed, the validators and the owner's run", async () => {
    const chain = createMemoryChain(
      testGenesis({ ownerHotkey: hotkeyOf(validator.hot), ownerColdkey: coldkeyOf(validator.cold) }),
    );
    await register(chain);
    const [ours, theirs] = [blobHash(Uint8Array.of(1)), blobHash(Uint8Array.of(2))];
    const manifest = { round: 7, hash: blobHash(Uint8Array.of(3)) };
    const checkpoint = { step: 5, stateRoot: testRoot, index: blobHash(Uint8Array.of(4)) };
    await commit(chain, validator.hot, encodeCommitment({ address: '/m/v', manifest, checkpoint, runSpec: ours }));
    await commit(chain, worker, encodeCommitment({ ...NO_COMMITMENT, address: '/m/w', runSpec: theirs }));

    const [first, second] = await chain.neurons(NETUID);
    const lead = {
      neuron: first,
      commitment: { address: '/m/v', manifest, checkpoint, runSpec: ours },
      committedAtBlock: 2,
    };
    expect(await readRoster(chain, NETUID, signal)).toEqual({
      members: [
        lead,
        {
          neuron: second,
          commitment: { ...NO_COMMITMENT, address: '/m/w', runSpec: theirs },
          committedAtBlock: 3,
        },
      ],
      validators: [lead],
      runSpec: ours,
    });
  });

  it('is brought up to date with what its validators commit, and nobody else', async () => {
    const chain = createMemoryChain(testGenesis());
    await register(chain);
    const before = await readRoster(chain, NETUID, signal);
    const manifest = { round: 7, hash: blobHash(Uint8Array.of(3)) };
    await commit(chain, validator.hot, encodeCommitment({ ...NO_COMMITMENT, address: '/m/v', manifest }));
    await commit(chain, worker, encodeCommitment({ ...NO_COMMITMENT, address: '/m/w' }));
    const after = await withNewVotes(before, chain, NETUID, signal);
    expect(after.members).toEqual([
      { ...before.members[0], commitment: { ...NO_COMMITMENT, address: '/m/v', manifest }, committedAtBlock: 2 },
      before.members[1],
    ]);
    expect(after.validators).toEqual([after.members[0]]);
  });

  it('takes no run from anyone but the owner, and reads what it does not understand as nothing', async () => {
    const chain = createMemoryChain(testGenesis());
    await register(chain);
    await commit(chain, worker, encodeCommitment({ ...NO_COMMITMENT, runSpec: blobHash(Uint8Array.of(1)) }));
    await commit(chain, validator.hot, [Uint8Array.of(99, 1, 2, 3)]);
    const roster = await readRoster(chain, NETUID, signal);
    expect(roster.runSpec).toBeNull();
    expect(roster.members.map(({ commitment }) => commitment)).toEqual([
      NO_COMMITMENT,
      { ...NO_COMMITMENT, runSpec: blobHash(Uint8Array.of(1)) },
    ]);
  });
});
