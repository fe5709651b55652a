import { expect, it } from 'vitest';
import { judgeRound } from '#network/validator/judge-round.ts';
import type { RoundWork, ValidatorDesk } from '#network/validator/validator-desk.ts';
import { toHex } from '#protocol/bytes.ts';
import { deadlineBlock, firstBlock } from '#protocol/round/clock.ts';
import { EMPTY_BOOK } from '#protocol/score/standing.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { testGenesis } from '../../support/chain-fixtures.ts';
import { createMemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { testRun } from '../../support/round-fixtures.ts';

const ROUND = 1;
const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };

it('what a round draws is drawn by the block after its deadline, when nobody can announce any more', async () => {
  const chain = createMemoryChain(testGenesis());
  await chain.produceUntil(deadlineBlock(ROUND, timing));
  const events: string[] = [];
  const desk = {
    ports: {
      ...{ chain, clock: createBlockClock(chain), log: () => undefined },
      books: { save: () => Promise.resolve() },
    },
    ...{ run: { ...testRun, spec: { ...testRun.spec, round: timing } }, bases: [], book: EMPTY_BOOK },
    ...{ roster: { members: [], validators: [], runSpec: null }, signal: new AbortController().signal },
  } as unknown as ValidatorDesk;
  const gather = {
    idle: () => Promise.resolve(),
    close: () => {
      events.push('closed');
      return { updates: [], refusals: new Map() };
    },
  };
  const work = { round: ROUND, gather, updates: [], seed: new Uint8Array() } as unknown as RoundWork;
  const judging = judgeRound(desk, work).then(() => events.push('judged'));
  await expect.poll(() => events).toEqual(['closed']);
  expect(work.seed).toHaveLength(0);
  const { number, hash } = await chain.produceBlock();
  await judging;
  expect(number).toBe(firstBlock(ROUND, timing) + timing.trainBlocks + 1);
  expect(toHex(work.seed)).toBe(hash);
});
