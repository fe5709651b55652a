import { describe, expect, it } from 'vitest';
import { randomStream } from '#protocol/random.ts';
import { roundOf } from '#protocol/round/clock.ts';
import {
  type RoundView,
  type ValidatorEffect,
  type ValidatorEvent,
  type ValidatorRound,
  validatorRound,
} from '#protocol/round/validator-round.ts';
import { startOf, type WorkerEffect, type WorkerRound, workerRound } from '#protocol/round/worker-round.ts';
import {
  hostileValidatorEvent,
  hostileWorkerEvent,
  nextBlock,
  otherChain,
  randomRoundView,
  randomWorkerView,
  timing,
  validatorAnswer,
  ValidatorRules,
  workerAnswer,
  WorkerRules,
} from '../../support/settling/machine-model.ts';

/** Of each run; each machine has two at least. */
const STEPS = 50_000;
const chance = (seed: string) => randomStream(new TextEncoder().encode(seed));

describe('a worker’s machine', () => {
  it.each([null, 3])(
    `breaks no rule in ${STEPS} steps with a runner that answers what it is asked (begins with %s)`,
    (sent) => {
      const random = chance(`worker ${sent}`);
      const rules = new WorkerRules();
      const left = new Set<string>();
      let state: WorkerRound = startOf(sent === null ? -1 : 2, sent);
      let asked: WorkerEffect[] = [];
      let settled = 0;
      for (let step = 0, block = 30; step < STEPS; step++) {
        block = asked.length === 0 ? otherChain(random, nextBlock(random, block)) : nextBlock(random, block);
        const effect = asked.shift();
        const event = effect === undefined ? null : workerAnswer(random, effect);
        if (effect !== undefined && event === null) continue;
        const before: WorkerRound = state;
        const seen = event ?? ({ kind: 'block', view: randomWorkerView(random) } as const);
        const next = workerRound(before, seen, { block, timing, maxStaleness: 2 });
        if (asked.length > 0) expect.fail('all that was asked for is answered before more is');
        const broken = rules.broken({ before, event: seen, block, ...next });
        if (broken !== null)
          expect.fail(`step ${step}, block ${block}: ${broken}: ${JSON.stringify([before, seen, next])}`);
        state = next.state;
        asked = [...next.effects];
        if (state.kind !== before.kind) left.add(before.kind);
        if (effect?.kind === 'settle') settled++;
      }
      const ways = ['idle', 'training', 'announcing', 'awaiting', 'settling'];
      expect(left, 'no state but the last is a dead end').toEqual(
        new Set(sent === null ? ways : [...ways, 'interrupted', 'resuming']),
      );
      expect(settled).toBeGreaterThan(STEPS / 100);
    },
  );

  it(`breaks no rule in ${STEPS} steps in whatever order events come`, () => {
    const random = chance('hostile worker');
    let rules = new WorkerRules();
    let state: WorkerRound = startOf(-1, null);
    let starts = 0;
    for (let step = 0, block = 0; step < STEPS; step++) {
      block = nextBlock(random, block);
      const before: WorkerRound = state;
      const event = hostileWorkerEvent(random);
      const next = workerRound(before, event, { block, timing, maxStaleness: 2 });
      const broken = rules.broken({ before, event, block, ...next });
      if (broken !== null)
        expect.fail(`step ${step}, block ${block}: ${broken}: ${JSON.stringify([before, event, next])}`);
      state = next.state;
      if (random.nextBelow(state.kind === 'halted' ? 20 : 2000) > 0) continue;
      const now = roundOf(block, timing); // a new process, which finds an update of the one before it
      [state, rules] = [startOf(now - 1, random.nextBelow(2) === 0 ? now : null), new WorkerRules()];
      starts++;
    }
    expect(starts).toBeGreaterThan(20);
  });
});

describe('a validator’s machine', () => {
  it(`breaks no rule in ${STEPS} steps with a runner that answers what it is asked`, () => {
    const random = chance('validator');
    const rules = new ValidatorRules(true);
    const ends = new Map<string, number>();
    const left = new Set<string>();
    let word: Extract<ValidatorEffect, { kind: 'endorse' }> | null = null;
    let state: ValidatorRound = { kind: 'resting', lastRound: -1 };
    let asked: ValidatorEffect[] = [];
    for (let step = 0, block = 0; step < STEPS; step++) {
      block = nextBlock(random, block);
      const effect = asked.shift();
      const answer = effect === undefined ? null : validatorAnswer(random, effect);
      if (effect !== undefined && answer === null) continue;
      const before: ValidatorRound = state;
      // What failed may be on chain for all that.
      const isSaid: boolean =
        word !== null && 'round' in before && word.round === before.round && random.nextBelow(3) === 0;
      const view: RoundView = { ...randomRoundView(random), own: isSaid ? (word?.hash ?? null) : null };
      const event: ValidatorEvent = answer ?? { kind: 'block', view };
      const next = validatorRound(before, event, { block, timing });
      const broken = rules.broken({ before, event, block, ...next });
      if (broken !== null)
        expect.fail(`step ${step}, block ${block}: ${broken}: ${JSON.stringify([before, event, next])}`);
      state = next.state;
      asked = [...next.effects, ...asked];
      if (state.kind !== before.kind) left.add(before.kind);
      for (const one of next.effects) {
        ends.set(one.kind, (ends.get(one.kind) ?? 0) + 1);
        if (one.kind === 'endorse') word = one;
      }
    }
    expect(left, 'no state is a dead end').toEqual(
      new Set(['resting', 'opening', 'gathering', 'judging', 'deciding', 'adopting']),
    );
    const all: readonly ValidatorEffect['kind'][] = [
      ...(['open', 'close', 'judge', 'check', 'endorse', 'propose', 'adopt', 'give-up', 'set-weights'] as const),
    ];
    for (const kind of all) expect(ends.get(kind) ?? 0, kind).toBeGreaterThan(50);
  });

  it(`breaks no rule in ${STEPS} steps in whatever order events come`, () => {
    const random = chance('hostile validator');
    const rules = new ValidatorRules(false);
    let state: ValidatorRound = { kind: 'resting', lastRound: -1 };
    for (let step = 0, block = 0; step < STEPS; step++) {
      block = Math.max(0, nextBlock(random, block) - (random.nextBelow(100) === 0 ? 2 * timing.blocks : 0));
      const before: ValidatorRound = state;
      const event = hostileValidatorEvent(random);
      const next = validatorRound(before, event, { block, timing });
      const broken = rules.broken({ before, event, block, ...next });
      if (broken !== null)
        expect.fail(`step ${step}, block ${block}: ${broken}: ${JSON.stringify([before, event, next])}`);
      state = next.state;
    }
    expect('round' in state ? state.round : state.lastRound).toBeGreaterThan(100);
  });
});
