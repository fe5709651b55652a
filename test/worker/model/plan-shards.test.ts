import { describe, expect, test } from 'vitest';
import { integerHashes } from '#protocol/integer-hash.ts';
import type { ModelConfig } from '#protocol/model-shape.ts';
import { memoryEstimator } from '#worker/model/memory.ts';
import { NO_SAVINGS } from '#worker/model/memory-savings.ts';
import { flopsPerToken, planShards, type PlanOptions, type ShardPlan } from '#worker/model/plan-shards.ts';
import { wholeModel, type Shard } from '#worker/model/shard.ts';

const config: ModelConfig = {
  ...{ hiddenSize: 32, layers: 5, heads: 4, kvHeads: 2, headSize: 8, ffnSize: 96, vocabSize: 300 },
  ...{ sequenceLength: 16, ropeTheta: 10_000, rmsNormEpsilon: 1e-5, tiedHead: false },
};
const options: PlanOptions = {
  ...{ microBatchSize: 2, microBatches: 1, segmentLayers: 1 },
  ...{ savings: NO_SAVINGS, place: 'card' },
};
const memory = memoryEstimator({ ...options, config });
const wholeBytes = memory(wholeModel(config)).totalBytes;

function expectSound(plan: ShardPlan, budgets: readonly number[]): asserts plan is ShardPlan & { kind: 'fits' } {
  if (plan.kind !== 'fits') throw new Error(plan.reason);
  const { shards } = plan;
  let next = 0;
  for (const [place, { shard, card, memory: estimate }] of shards.entries()) {
    expect(shard.from).toBe(next);
    expect(shard.embedding).toBe(place === 0);
    expect(shard.head).toBe(place === shards.length - 1);
    expect(estimate).toEqual(memory(shard));
    expect(estimate.totalBytes).toBeLessThanOrEqual(budgets[card]!);
    next = shard.to;
  }
  expect(next).toBe(config.layers);
  const cards = [...shards.map(({ card }) => card), ...plan.spareCards];
  expect(cards.toSorted((a, b) => a - b)).toEqual([...budgets.keys()]);
}

const slowest = (plan: ShardPlan & { kind: 'fits' }, throughputs: readonly number[]): number =>
  Math.max(...plan.shards.map((planned) => planned.flopsPerToken / throughputs[planned.card]!));

/** The least time of the slowest shard over all cuts and all orders of the cards. */
function leastTime(
  budgets: readonly number[],
  throughputs: readonly number[],
  from = 0,
  used = new Set<number>(),
): number {
  const units = config.layers + 2;
  if (from === units) return 0;
  let least = Infinity;
  for (const card of budgets.keys()) {
    if (used.has(card)) continue;
    for (let to = from + 1; to <= units; to++) {
      const clamp = (unit: number) => Math.min(config.layers, Math.max(0, unit - 1));
      const shard: Shard = { from: clamp(from), to: clamp(to), embedding: from === 0, head: to === units };
      if (memory(shard).totalBytes > budgets[card]!) continue;
      const rest = leastTime(budgets, throughputs, to, new Set([...used, card]));
      least = Math.min(least, Math.max(rest, flopsPerToken(config, shard) / throughputs[card]!));
    }
  }
  return least;
}

describe('A plan', () => {
  test('is contiguous, complete, within every budget and as fast as the fastest of all, in 60 random fleets', () => {
    let fitting = 0;
    for (let seed = 0; seed < 60; seed++) {
      const numbers = [...integerHashes(9, 3, seed * 9)];
      const budgets = numbers.slice(0, 1 + (seed % 4)).map((hash) => wholeBytes * (0.1 + (hash % 80) / 100));
      const throughputs = budgets.map((_, card) => 1 + (numbers[5 + card]! % 3));
      const plan = planShards(config, budgets, { ...options, throughputs });
      const least = leastTime(budgets, throughputs);
      expect(plan.kind === 'fits', `seed ${seed}`).toBe(least < Infinity);
      if (plan.kind !== 'fits') continue;
      fitting += 1;
      expectSound(plan, budgets);
      expect(plan.exact).toBe(true);
      expect(slowest(plan, throughputs)).toBeCloseTo(least, 6);
    }
    expect(fitting).toBeGreaterThan(15);
    expect(fitting).toBeLessThan(60);
  });

  test('uses all cards that make it faster, and leaves the others for another replica', () => {
    const plan = planShards(config, Array<number>(12).fill(wholeBytes), options);
    expectSound(plan, Array<number>(12).fill(wholeBytes));
    expect(plan.shards.length).toBe(6);
    expect(plan.spareCards).toHaveLength(6);
  });

  test('of the fewest shards is one shard where one card takes the whole model', () => {
    const budgets = [wholeBytes / 2, wholeBytes, wholeBytes / 3];
    const plan = planShards(config, budgets, { ...options, prefer: 'fewest' });
    expectSound(plan, budgets);
    expect(plan.shards.map(({ card }) => card)).toEqual([1]);
  });

  test('over forty different cards is sound, and says that it is not the best for certain', () => {
    const budgets = Array.from({ length: 40 }, (_, card) => wholeBytes * (0.4 + card / 100));
    const plan = planShards(config, budgets, options);
    expectSound(plan, budgets);
    expect(plan.exact).toBe(false);
  });
});

describe('A model that does not fit', () => {
  const head: Shard = { from: 5, to: 5, embedding: false, head: true };

  test('because a part is larger than every card says which part, and what the card lacks', () => {
    const wide = { ...config, vocabSize: 3000 };
    const headBytes = memoryEstimator({ ...options, config: wide })(head).totalBytes;
    const plan = planShards(wide, Array<number>(9).fill(headBytes - 1000), options);
    expect(plan).toMatchObject({ kind: 'does-not-fit', smallestCardBytes: headBytes });
    if (plan.kind !== 'does-not-fit') return;
    expect(plan.missingBytes).toBeCloseTo(1000, 3);
    expect(plan.reason).toMatch(/^The head does not fit the largest card\. It needs .* GB \(parameters /);
    const enough = planShards(wide, Array<number>(9).fill(plan.smallestCardBytes), options);
    expect(enough.kind).toBe('fits');
  });

  test('because cards are too few says what is left over, and a card of that size helps', () => {
    const budget = memory({ from: 1, to: 3, embedding: false, head: false }).totalBytes;
    const plan = planShards(config, [budget], { ...options });
    expect(plan.kind).toBe('does-not-fit');
    if (plan.kind !== 'does-not-fit') return;
    expect(plan.reason).toMatch(/^The cards are too few: none is left for .* and the head, for which /);
    expect(planShards(config, [budget, plan.missingBytes], options).kind).toBe('fits');
  });

  test('on no card at all needs the whole model’s memory', () => {
    expect(planShards(config, [], options)).toMatchObject({ kind: 'does-not-fit', missingBytes: wholeBytes });
  });
});

describe('A model with a tied head', () => {
  const tied = { ...config, tiedHead: true };
  const tiedBytes = memoryEstimator({ ...options, config: tied })(wholeModel(tied)).totalBytes;

  test('stays on one card, the fastest that takes it', () => {
    const plan = planShards(tied, [tiedBytes, tiedBytes, tiedBytes], { ...options, throughputs: [1, 3, 2] });
    expect(plan).toMatchObject({ kind: 'fits', spareCards: [0, 2] });
    expect(plan.kind === 'fits' && plan.shards.map(({ shard, card }) => [shard, card])).toEqual([
      [wholeModel(tied), 1],
    ]);
  });

  test('is not cut over cards that it would only fit together', () => {
    const plan = planShards(tied, [tiedBytes - 1, tiedBytes - 1], options);
    expect(plan).toMatchObject({ kind: 'does-not-fit', smallestCardBytes: tiedBytes });
    expect(plan.kind === 'does-not-fit' && plan.reason).toMatch(/cannot be cut because its head is tied/);
  });
});
