import { expect, it } from 'vitest';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { announceUpdate } from '#worker/round/announce-update.ts';
import { type Member, validatorsOf } from '#worker/run/roster.ts';
import { testKey, testRoot, testRunId } from '../../support/small-run.ts';

const sent = {
  ...{ round: 4, baseRoot: testRoot, innerSteps: 3, blob: 'aa'.repeat(32) as BlobHash, updateBytes: 100 },
  ...{ loss: 4, tokensPerSecond: 10, gradientNorm: null },
};
const validator = (n: number, address: string | null = `/m/${n}`): Member => ({
  neuron: {
    ...{ uid: n as Uid, hotkey: hotkeyOf(testKey(n)), coldkey: coldkeyOf(testKey(n)), stakeRao: rao(n) },
    ...{ validatorPermit: true, registeredAtBlock: 0, emissionRao: rao(0), incentive: 0 },
  },
  commitment: { ...NO_COMMITMENT, address },
  committedAtBlock: 1,
});

/** What becomes of an announcement to these validators when each answers so. */
function announced(members: readonly Member[], answer: (address: string) => AnnounceReply) {
  const ports = {
    ...{ hotkey: testKey(1), address: () => '/m/1' },
    announce: (address: string) => Promise.try(() => answer(address)),
  };
  const roster = { members, validators: validatorsOf(members), runSpec: null };
  return announceUpdate(ports, testRunId, roster, sent, new AbortController().signal);
}

it('an update that one of the validators takes is taken', async () => {
  const answer = await announced([validator(8), validator(9)], (address) => {
    if (address === '/m/8') throw new Error('nobody answers');
    return { accepted: true };
  });
  expect(answer).toEqual({ kind: 'taken' });
});

it('an update that a validator has already is taken', async () => {
  const answer = await announced([validator(8)], () => ({ accepted: false, reason: 'duplicate', message: 'again' }));
  expect(answer).toEqual({ kind: 'taken' });
});

it.each([
  ['a validator with little stake', 30, 70],
  ['one of two with half', 50, 50],
])('%s that hangs is not waited for to know how long an announcement takes', async (what, hanging, other) => {
  const end = Promise.withResolvers<AnnounceReply>();
  const order: string[] = [];
  const staked = (n: number, stake: number): Member => {
    const { neuron, ...rest } = validator(n);
    return { ...rest, neuron: { ...neuron, stakeRao: rao(stake) } };
  };
  const members = [staked(8, hanging), staked(9, other)];
  const ports = {
    ...{ hotkey: testKey(1), address: () => '/m/1' },
    announce: async (address: string): Promise<AnnounceReply> => {
      if (address !== '/m/8') return { accepted: true };
      const reply = await end.promise;
      order.push('the last answer');
      return reply;
    },
  };
  const roster = { members, validators: validatorsOf(members), runSpec: null };
  const most = Promise.withResolvers<undefined>();
  const answer = announceUpdate(ports, testRunId, roster, sent, new AbortController().signal, () => {
    order.push('most have answered');
    most.resolve(undefined);
  });
  await most.promise;
  end.resolve({ accepted: true });
  expect(await answer, what).toEqual({ kind: 'taken' });
  expect(order).toEqual(['most have answered', 'the last answer']);
});

it('every answer is in the words of a refusal', async () => {
  const answer = await announced([validator(7, null), validator(9)], () => {
    return { accepted: false, reason: 'late', message: 'it is over' };
  });
  const message = 'Validator 7 has no address; Validator 9 refused: it is over';
  expect(answer).toEqual({ kind: 'refused', message, detail: message });
});

it('a refusal names those who cannot be reached by the end of their id, and for the log by address', async () => {
  const address = '/ip4/192.0.2.1/tcp/4001/p2p/12D3KooWQYV9dGMFoRzNStwpXztXaBUjtPqi6aU76ZgUriHhKust';
  const answer = await announced([validator(9, address)], (asked) => {
    throw new Error(`Cannot reach ${asked}: nobody answers`);
  });
  const words = (who: string) => `Validator 9 could not be reached: Cannot reach ${who}: nobody answers`;
  expect(answer).toEqual({ kind: 'not-yet', message: words('peer …HhKust'), detail: words(address) });
});

it.each([
  ['has no round open', () => ({ accepted: false, reason: 'closed', message: 'wait' }) as const],
  [
    'is behind in the rounds',
    () => ({ accepted: false, reason: 'wrong-round', message: 'it is round 3, not 4' }) as const,
  ],
  [
    'cannot be reached',
    () => {
      throw new Error('nobody answers');
    },
  ],
])('an update that nobody takes because a validator %s may be taken later', async (_, answer) => {
  const late = (): AnnounceReply => ({ accepted: false, reason: 'late', message: 'it is over' });
  const found = await announced([validator(8), validator(9)], (address) => (address === '/m/8' ? answer() : late()));
  expect(found).toMatchObject({ kind: 'not-yet' });
});

it('a subnet without a validator takes nothing', async () => {
  expect(await announced([], () => ({ accepted: true }))).toEqual({
    kind: 'refused',
    ...{ message: 'The subnet has no validator', detail: 'The subnet has no validator' },
  });
});
