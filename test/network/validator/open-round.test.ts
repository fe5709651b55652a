import { expect, it } from 'vitest';
import { openRound } from '#network/validator/judge-round.ts';
import { observeRound } from '#network/validator/observe-round.ts';
import type { ValidatorDesk } from '#network/validator/validator-desk.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { deadlineBlock, firstBlock } from '#protocol/round/clock.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { EMPTY_BOOK, newcomer } from '#protocol/score/standing.ts';
import { rao } from '#protocol/units.ts';
import { testRun } from '../../support/round-fixtures.ts';
import { testKey } from '../../support/small-run.ts';

const ROUND = 4;
const timing = { blocks: 115, trainBlocks: 80, leadBlocks: 10 };
const hotkey = hotkeyOf(testKey(1));
const neuron = {
  ...{ uid: 1 as Uid, hotkey, coldkey: coldkeyOf(testKey(2)), registeredAtBlock: 0, stakeRao: rao(0) },
  ...{ validatorPermit: false, emissionRao: rao(0), incentive: 0 },
};

/** What a validator that opens the round at this block says of a worker from whom nothing has come. */
function silentWhenOpenedAt(block: number): string | undefined {
  const desk = {
    ports: { clock: { current: () => ({ number: block }) }, openGate: () => undefined },
    ...{ run: { ...testRun, spec: { ...testRun.spec, round: timing } }, bases: [] },
    roster: { members: [{ neuron, commitment: NO_COMMITMENT, committedAtBlock: -1 }], validators: [], runSpec: null },
    book: { ...EMPTY_BOOK, standings: new Map([[hotkey, newcomer(DEFAULT_SCORING)]]) },
  } as unknown as ValidatorDesk;
  return observeRound(desk, openRound(desk, ROUND), new Map())[0]?.kind;
}

it('a worker is not blamed for an update that it has announced before the validator started again', () => {
  const [first, deadline] = [firstBlock(ROUND, timing), deadlineBlock(ROUND, timing)];
  expect(silentWhenOpenedAt(first)).toBe('absent');
  expect(silentWhenOpenedAt(first + 10)).toBe('absent');
  expect(silentWhenOpenedAt(first + 40)).toBe('excused');
  expect(silentWhenOpenedAt(deadline - 1)).toBe('excused');
});
