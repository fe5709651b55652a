import { describe, expect, it } from 'vitest';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { normal, simulate, type SimulatedWorker, unit } from './simulate.ts';

const ROUNDS = 200;
const LATE_FROM = 100;
const TURNS_AT = 10;
const spec = { scoring: DEFAULT_SCORING, evaluation: { sequences: 8, workers: 20 } };

const there = { present: true, joined: true };
/** What a worker trained on gains a little more than other text. */
const work = (gain: number) => ({ ...there, gain, ownBonus: 0.3 * gain });
const harm = (gain: number) => ({ ...there, gain, ownBonus: 0 });

/** Between 0.2 % and 0.8 % of the loss a round. */
const honest = Array.from({ length: 12 }, (_, n): SimulatedWorker => {
  return { name: `honest ${n}`, conduct: () => work(0.002 + (0.006 * n) / 11) };
});
const flaky: SimulatedWorker = {
  name: 'flaky',
  conduct: (_, random) => ({ ...work(0.005), present: unit(random) < 0.5 }),
};
const late: SimulatedWorker = {
  name: 'late',
  conduct: (round) => ({ ...work(0.005), joined: round >= LATE_FROM }),
};
const poisoners: readonly SimulatedWorker[] = [
  { name: 'flips the sign', conduct: () => harm(-0.005) },
  { name: 'flips the sign of little', conduct: () => harm(-0.001) },
  { name: 'scales', conduct: (_, random) => harm(-0.3 * unit(random)) },
  { name: 'sends noise', conduct: (_, random) => harm(0.0005 * normal(random)) },
  { name: 'turns', conduct: (round) => (round < TURNS_AT ? work(0.005) : harm(-0.05)) },
];
/** Hands in the best worker's update, changed so well that it is found four times in five. */
const copycat: SimulatedWorker = {
  name: 'copycat',
  conduct: (_, random) => ({ ...harm(0.008), ...(unit(random) < 0.8 ? { similarTo: 'honest 11' } : {}) }),
};

const good = [...honest, flaky, late];
const clean = simulate(good, ROUNDS, spec);
const attacked = simulate([...good, ...poisoners, copycat], ROUNDS, spec);
const reward = (name: string, of = attacked): number => of.rewards.get(name) ?? 0;
const isHarm = (name: string, round: number): boolean =>
  name !== 'sends noise' && (name !== 'turns' || round >= TURNS_AT);
const slowestHonest = Math.min(...honest.map(({ name }) => reward(name)));

describe('two hundred rounds with one poisoner in four', () => {
  it('pay poisoners a hundredth at most, all together', () => {
    const share = poisoners.reduce((sum, { name }) => sum + reward(name), 0);
    expect(share).toBeLessThanOrEqual(0.01);
  });

  it.each(poisoners.map(({ name }) => name))('keep the worker that %s out of the state', (name) => {
    const merged = attacked.ratings.filter((ratings, round) => ratings.get(name)!.merge && isHarm(name, round));
    expect(merged.length).toBeLessThanOrEqual(3);
  });

  it('pay next to nothing for noise, which does no harm that could be measured', () => {
    expect(reward('sends noise')).toBeLessThan(0.1 * slowestHonest);
  });

  it('do not trust who does harm at the end, and leave it no reputation', () => {
    for (const name of ['flips the sign', 'flips the sign of little', 'scales', 'turns']) {
      const { trust, reputation } = attacked.book.standings.get(name as never)!;
      expect(trust.kind, name).not.toBe('trusted');
      expect(reputation).toBeLessThan(1);
    }
  });

  it('take from the one that turns what was held back, and its reputation', () => {
    const standings = attacked.ratings.map((ratings) => ratings.get('turns')!);
    expect(standings[TURNS_AT - 1]!.reputation).toBeGreaterThan(0.5);
    expect(standings[TURNS_AT + 1]).toMatchObject({ reputation: 0, score: 0, merge: false });
    expect(standings[TURNS_AT + 1]!.reason).toContain('what was held back is forfeited');
    expect(attacked.book.standings.get('turns' as never)!.heldBack).toBe(0);
  });

  it('pay a copier a twentieth of the slowest honest worker at most', () => {
    expect(reward('copycat')).toBeLessThanOrEqual(0.05 * slowestHonest);
    expect(attacked.merged.get('copycat')).toBeLessThanOrEqual(2);
  });

  it.each(good.map(({ name }) => name))('cost %s less than a tenth of what it had without attackers', (name) => {
    expect(reward(name)).toBeGreaterThan(0.9 * reward(name, clean));
  });

  it('merge and trust every honest worker', () => {
    for (const { name } of honest) {
      expect(attacked.book.standings.get(name as never)!.trust, name).toEqual({ kind: 'trusted' });
      expect(attacked.merged.get(name), name).toBeGreaterThan(0.95 * ROUNDS);
    }
  });

  it('pay the faster half more than the slower half, and nobody nothing', () => {
    const sum = (from: number, to: number) =>
      honest.slice(from, to).reduce((total, { name }) => total + reward(name), 0);
    expect(sum(6, 12)).toBeGreaterThan(1.2 * sum(0, 6));
    expect(slowestHonest).toBeGreaterThan(0.02);
  });

  it('pay the flaky worker, but less than a steady one as fast', () => {
    const steady = reward('honest 6'); // 0.53 %
    expect(reward('flaky')).toBeGreaterThan(0.15 * steady);
    expect(reward('flaky')).toBeLessThan(0.5 * steady);
  });

  it('hold against the late one no round before it came', () => {
    const first = attacked.ratings[LATE_FROM]!.get('late')!;
    expect(attacked.ratings[LATE_FROM - 1]!.has('late')).toBe(false);
    expect(first).toMatchObject({ merge: true, mergeShare: DEFAULT_SCORING.quarantineShare });
    const standing = attacked.book.standings.get('late' as never)!;
    expect(standing.uptime).toBe(1);
    // As much reputation as the others had after as many rounds.
    const after = ROUNDS - LATE_FROM - 1;
    const others = honest.map(({ name }) => attacked.ratings[after]!.get(name)!.reputation);
    expect(standing.reputation).toBeGreaterThan(0.9 * Math.min(...others));
    expect(standing.reputation).toBeLessThanOrEqual(1.01 * Math.max(...others));
  });

  it('tell everyone why in at most 300 characters', () => {
    const reasons = attacked.ratings.flatMap((ratings) => [...ratings.values()].map(({ reason }) => reason));
    expect(reasons.every(({ length }) => length > 0 && length <= 300)).toBe(true);
  });
});

describe('two hundred rounds of which eight workers each are evaluated', () => {
  const sampled = simulate([...good, ...poisoners, copycat], ROUNDS, {
    ...spec,
    evaluation: { sequences: 8, workers: 8 },
  });

  it('pay poisoners and copiers little, too', () => {
    const share = [...poisoners, copycat].reduce((sum, { name }) => sum + reward(name, sampled), 0);
    expect(share).toBeLessThanOrEqual(0.03);
  });

  it('merge and trust honest workers all the same', () => {
    for (const { name } of honest) expect(sampled.merged.get(name), name).toBeGreaterThan(0.9 * ROUNDS);
  });

  it('evaluate everyone again and again', () => {
    for (const { name } of honest) {
      expect(sampled.book.standings.get(name as never)!.evaluations).toBeGreaterThan(ROUNDS / 10);
    }
  });
});
