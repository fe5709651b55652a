import { describe, expect, it } from 'vitest';
import type { Hotkey } from '#protocol/ids.ts';
import {
  assignShards,
  type Assignment,
  DEFAULT_PLACEMENT,
  type PlacementWorker,
  type ShardNeed,
  shardStrengths,
} from '#protocol/placement/assign-shards.ts';
import { effectiveThroughput, fits } from '#protocol/placement/effective-throughput.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { rao } from '#protocol/units.ts';

const GIB = 2 ** 30;
const none: Assignment = new Map();
const seed = Uint8Array.of(1);

const worker = (name: string, more: Partial<PlacementWorker> = {}): PlacementWorker => ({
  ...{ hotkey: name as Hotkey, vramBytes: 8 * GIB, gpuClass: 1, tokensPerSecond: 100, reliability: 1 },
  ...{ uplinkBytesPerSecond: 1e6, downlinkBytesPerSecond: 1e6, stakeRao: rao(0) },
  ...more,
});
const need = (shard: number, more: Partial<ShardNeed> = {}): ShardNeed => ({
  ...{ shard, memoryBytes: 4 * GIB, minGpuClass: 0, workPerToken: 1, sentBytesPerToken: 1, receivedBytesPerToken: 1 },
  ...more,
});
const assign = (
  roster: readonly PlacementWorker[],
  needs: readonly ShardNeed[],
  previous = none,
  options = DEFAULT_PLACEMENT,
) => assignShards(roster, needs, previous, options, seed);
const shardOf = (assignment: Assignment, name: string) => assignment.get(name as Hotkey);
const placed = (...pairs: readonly (readonly [string, number])[]): Assignment =>
  new Map(pairs.map(([name, shard]) => [name as Hotkey, shard]));

describe('the throughput of a worker for a shard', () => {
  it.each([
    ['is what it computes, by the work of a token', {}, { workPerToken: 2 }, 50],
    ['is what its uplink carries when that is less', { uplinkBytesPerSecond: 1000 }, { sentBytesPerToken: 100 }, 10],
    [
      'is what its downlink carries when that is less',
      { downlinkBytesPerSecond: 30 },
      { receivedBytesPerToken: 10 },
      3,
    ],
    ['counts as far as the worker is reliable', { reliability: 0.25 }, {}, 25],
    ['is nothing when the shard does not fit', { vramBytes: 4 * GIB - 1 }, {}, 0],
    ['is nothing when the shard asks for a better class', {}, { minGpuClass: 2 }, 0],
    ['needs no link for what sends nothing', { uplinkBytesPerSecond: 0 }, { sentBytesPerToken: 0 }, 100],
  ])('%s', (_, has, wants, throughput) => {
    expect(effectiveThroughput(worker('a', has), need(0, wants))).toBe(throughput);
  });
});

describe('the assignment of shards', () => {
  it('strengthens the weakest shard first', () => {
    const roster = [40, 30, 20, 10].map((tokensPerSecond) => worker(`w${tokensPerSecond}`, { tokensPerSecond }));
    const assignment = assign(roster, [need(0), need(1)]);
    expect([...shardStrengths(roster, [need(0), need(1)], assignment).values()]).toEqual([50, 50]);
  });

  it('gives a large shard to those who alone can hold it, and leaves out who can hold none', () => {
    const roster = [worker('small'), worker('large', { vramBytes: 24 * GIB }), worker('tiny', { vramBytes: GIB })];
    expect(assign(roster, [need(3), need(7, { memoryBytes: 20 * GIB })])).toEqual(placed(['large', 7], ['small', 3]));
  });

  it('covers the shard of a worker that left, in the next call', () => {
    const needs = [need(0), need(1), need(2)];
    const roster = ['a', 'b', 'c', 'd'].map((name) => worker(name));
    const assignment = assign(roster, needs);
    const alone = roster.find(({ hotkey }) => {
      const shard = assignment.get(hotkey);
      return [...assignment.values()].filter((other) => other === shard).length === 1;
    })!;
    const rest = roster.filter((one) => one !== alone);
    const after = assign(rest, needs, assignment);
    expect(new Set(after.values()).size).toBe(3);
    const moved = rest.filter(({ hotkey }) => after.get(hotkey) !== assignment.get(hotkey));
    expect(moved, 'one move is enough').toHaveLength(1);
  });

  it('covers a shard through a chain of moves when nobody can take it directly', () => {
    // Shard 2 needs the largest card, which is alone at shard 1; only middle cards can take that, and they are at shard 0.
    const needs = [need(0), need(1, { memoryBytes: 8 * GIB }), need(2, { memoryBytes: 16 * GIB })];
    const roster = [worker('big', { vramBytes: 16 * GIB }), worker('middle'), worker('small', { vramBytes: 4 * GIB })];
    const previous = placed(['big', 1], ['middle', 0], ['small', 0]);
    expect(assign(roster, needs, previous)).toEqual(placed(['big', 2], ['middle', 1], ['small', 0]));
  });

  it('moves somebody for a gain of a quarter of the weakest shard, and nobody for less', () => {
    const needs = [need(0), need(1)];
    const strong = (tokensPerSecond: number) => [
      worker('a', { tokensPerSecond: 1000 }),
      worker('mover', { tokensPerSecond }),
      worker('c', { tokensPerSecond: 100 }),
    ];
    const previous = placed(['a', 0], ['mover', 0], ['c', 1]);
    expect(shardOf(assign(strong(25), needs, previous), 'mover')).toBe(1);
    expect(assign(strong(24.9), needs, previous)).toEqual(previous);
  });

  it('moves two workers when two equally weak shards gain only together', () => {
    const needs = [need(0), need(1), need(2)];
    const roster = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => worker(name));
    const previous = placed(['a', 0], ['b', 0], ['c', 0], ['d', 0], ['e', 1], ['f', 2]);
    expect([...shardStrengths(roster, needs, assign(roster, needs, previous)).values()]).toEqual([200, 200, 200]);
  });

  it('puts the higher stake first among equals, and nowhere else', () => {
    const needs = [need(0), need(1)];
    const roster = [worker('poor'), worker('rich', { stakeRao: rao(5) })];
    expect(shardOf(assign(roster, needs), 'rich')).toBe(0);
    const faster = [worker('poor', { tokensPerSecond: 101 }), worker('rich', { stakeRao: rao(5) })];
    expect(shardOf(assign(faster, needs), 'poor')).toBe(0);
  });

  it('does without workers, and without shards', () => {
    expect(assign([], [need(0)])).toEqual(none);
    expect(assign([worker('a')], [])).toEqual(none);
    expect(assign([worker('a')], [need(0)], placed(['a', 9], ['gone', 0]))).toEqual(placed(['a', 0]));
  });

  it.each([
    ['a worker twice', [worker('a'), worker('a')], [need(0)]],
    ['a shard twice', [worker('a')], [need(0), need(0)]],
    ['a rate that is not a number', [worker('a', { tokensPerSecond: NaN })], [need(0)]],
    ['a reliability above 1', [worker('a', { reliability: 2 })], [need(0)]],
    ['work of nothing', [worker('a')], [need(0, { workPerToken: 0 })]],
  ])('refuses %s', (_, roster, needs) => {
    expect(() => assign(roster, needs)).toThrow(RangeError);
  });
});

const CASES = 60;

/** Rosters of every kind: 1 to 40 workers, 1 to 10 shards, some of which few or none can hold. */
function randomCase(random: RandomStream) {
  const needs = Array.from({ length: 1 + random.nextBelow(10) }, (_, shard) =>
    need(shard, {
      memoryBytes: (1 + random.nextBelow(24)) * GIB,
      workPerToken: 1 + random.nextBelow(3),
      minGpuClass: random.nextBelow(3),
    }),
  );
  const roster = Array.from({ length: 1 + random.nextBelow(40) }, (_, n) =>
    worker(`w${n}`, {
      vramBytes: (1 + random.nextBelow(24)) * GIB,
      gpuClass: random.nextBelow(4),
      tokensPerSecond: 1 + random.nextBelow(1000),
      reliability: (1 + random.nextBelow(10)) / 10,
      stakeRao: rao(random.nextBelow(3)),
    }),
  );
  return { needs, roster };
}

function shuffled<T>(items: readonly T[], random: RandomStream): readonly T[] {
  return items
    .map((item) => ({ item, at: random.nextUint32() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

/** The most shards that any arrangement can serve: a matching by plain recursion, an oracle for the other way to find it. */
function mostCovered(roster: readonly PlacementWorker[], needs: readonly ShardNeed[]): number {
  const owner = new Map<number, number>();
  const claim = (workerAt: number, seen: Set<number>): boolean =>
    needs.some((shard, s) => {
      if (!fits(roster[workerAt]!, shard) || seen.has(s)) return false;
      seen.add(s);
      const other = owner.get(s);
      if (other !== undefined && !claim(other, seen)) return false;
      owner.set(s, workerAt);
      return true;
    });
  return roster.filter((_, index) => claim(index, new Set())).length;
}

describe('any assignment', () => {
  const random = randomStream(Uint8Array.of(7));
  const cases = Array.from({ length: CASES }, (_, n) => ({ n, ...randomCase(random) }));

  it.each(cases)('of case $n gives nobody what it cannot hold, and covers as many shards as can be', (one) => {
    const { roster, needs } = one;
    const assignment = assign(roster, needs);
    for (const [hotkey, shard] of assignment) {
      expect(
        fits(
          roster.find((w) => w.hotkey === hotkey)!,
          needs.find((n) => n.shard === shard)!,
        ),
      ).toBe(true);
    }
    for (const w of roster) expect(assignment.has(w.hotkey)).toBe(needs.some((n) => fits(w, n)));
    expect(new Set(assignment.values()).size).toBe(mostCovered(roster, needs));
  });

  it.each(cases)('of case $n does not depend on the order of the inputs, and stays when nothing changes', (one) => {
    const { roster, needs } = one;
    const assignment = assign(roster, needs);
    expect([...assign(shuffled(roster, random), shuffled(needs, random))]).toEqual([...assignment]);
    const previous = new Map(shuffled([...assignment], random));
    expect(assign(roster, needs, previous)).toEqual(assignment);
  });

  it.each(cases)('of case $n covers what can be covered after some have left, and moves nobody for little', (one) => {
    const { roster, needs } = one;
    const before = assign(roster, needs);
    const rest = roster.filter(() => random.nextBelow(4) > 0);
    const after = assign(rest, needs, before);
    expect(new Set(after.values()).size).toBe(mostCovered(rest, needs));
    const moved = rest.filter(({ hotkey }) => after.get(hotkey) !== before.get(hotkey));
    if (moved.length === 0) return;
    // Everyone else where it was: either fewer shards were served then, or the weakest one gained a quarter.
    const stayed = [...shardStrengths(rest, needs, before).values()].filter((strength) => strength > 0);
    const now = [...shardStrengths(rest, needs, after).values()].filter((strength) => strength > 0);
    expect(now.length > stayed.length || Math.min(...now) >= 1.25 * Math.min(...stayed)).toBe(true);
  });
});
