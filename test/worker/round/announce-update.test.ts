import { expect, it } from 'vitest';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import { announceUpdate } from '#worker/round/announce-update.ts';
import { type Member, validatorsOf } from '#worker/run/roster.ts';
import { testKey, testRoot, testRunId } from '../../support/small-run.ts';

const sent = {
  ...{ round: 4, baseRoot: testRoot, innerSteps: 3, blob: 'aa'.repeat(32) as BlobHash, updateBytes: 100 },
  ...{ loss: 4, tokensPerSecond: 10, gradientNorm: null },
};
const validator = (n: number): Member => ({
  neuron: {
    ...{ uid: n as Uid, hotkey: hotkeyOf(testKey(n)), coldkey: coldkeyOf(testKey(n)), stakeRao: rao(n) },
    ...{ validatorPermit: true, registeredAtBlock: 0, emissionRao: rao(0), incentive: 0 },
  },
  commitment: { ...NO_COMMITMENT, address: `/m/${n}` },
  committedAtBlock: 1,
});

it('nobody else learns of an update before every validator has answered', async () => {
  const members = [validator(8), validator(9)];
  const told: string[] = [];
  const ports = {
    ...{ hotkey: testKey(1), address: () => '/m/1' },
    announce: async (address: string) => {
      await new Promise(setImmediate);
      told.push(address);
      return { accepted: true } as const;
    },
    provideBlob: (hash: BlobHash) => void told.push(hash),
  };
  const roster = { members, validators: validatorsOf(members), runSpec: null };
  const answer = await announceUpdate(ports, testRunId, roster, sent, new AbortController().signal);
  expect(answer).toEqual({ kind: 'taken' });
  expect(told).toEqual(['/m/8', '/m/9', sent.blob]);
});
