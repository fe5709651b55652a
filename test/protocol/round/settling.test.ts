import { describe, expect, it } from 'vitest';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { Simulation } from '../../support/settling/simulation.ts';
import { timing } from '../../support/settling/swarm-world.ts';
import type { Fault } from '../../support/settling/validator.ts';

const FAULTS = ['dead', 'hung', 'lies', 'unfair', 'late-votes', 'no-votes'] as const satisfies readonly Fault[];
const seeds = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const chance = (seed: string): RandomStream => randomStream(new TextEncoder().encode(seed));

/** Of 2…7 validators, in the order in which they lead. In every third network one has more than all others together. */
function randomStakes(random: RandomStream, seed: number): readonly number[] {
  const stakes = Array.from({ length: 2 + random.nextBelow(6) }, () => 1 + random.nextBelow(100)).toSorted(
    (a, b) => b - a,
  );
  return seed % 3 === 0 ? [stakes.reduce((sum, stake) => sum + stake) + 1, ...stakes.slice(1)] : stakes;
}

function simulate(name: string, seed: number): { readonly sim: Simulation; readonly random: RandomStream } {
  const random = chance(`${name} ${seed}`);
  return { sim: new Simulation({ seed: `${name} ${seed}`, stakes: randomStakes(random, seed), workers: 2 }), random };
}

/** Everyone who is honest and alive, and every worker, has the same model. */
function expectAgreement(sim: Simulation): void {
  expect(sim.modelsOf([...sim.honest, ...sim.workers]).size).toBe(1);
}

function expectNothingFalse(sim: Simulation): void {
  for (const { adopted } of [...sim.validators, ...sim.workers]) {
    for (const hash of adopted.values()) expect(sim.world.manifests.isFalse(hash)).toBe(false);
  }
}

/** What was settled stays settled, everyone has taken the same, and each round gave something. */
function expectEveryRoundSettled(sim: Simulation): void {
  expect(sim.changed).toEqual([]);
  for (const { round, decided } of sim.records) {
    expect(decided, `round ${round}`).not.toBeNull();
    for (const hash of sim.adoptedIn(round)) expect(hash, `round ${round}`).toBe(decided);
  }
}

describe('validators that settle on manifests', () => {
  it.each(seeds(8))(
    'settle every round while all is well, and workers see a verdict on each update (seed %i)',
    (seed) => {
      const { sim } = simulate('well', seed);
      sim.runRounds(5);
      expectEveryRoundSettled(sim);
      for (const { trained, settled } of sim.workers) {
        expect(trained).toEqual([0, 1, 2, 3, 4]);
        for (const { verdict } of settled) expect(verdict).toBe('manifest');
      }
      sim.runRounds(1);
      for (const { settled } of sim.workers) expect(settled.length).toBeGreaterThanOrEqual(5);
    },
  );

  describe.each(FAULTS)('when one of them is faulty (%s)', (fault) => {
    it.each(seeds(8))('settle every round all the same, and nobody takes another (seed %i)', (seed) => {
      const { sim, random } = simulate(fault, seed);
      sim.setFault(seed % 2 === 0 ? 0 : random.nextBelow(sim.validators.length), fault);
      sim.runRounds(5);
      expectEveryRoundSettled(sim);
      expectNothingFalse(sim);
    });
  });

  it.each([
    ['less than half', [40, 30, 20, 10]],
    ['more than half', [60, 20, 15, 5]],
  ])('take the next one’s manifest in the same round when the lead with %s of the stake is dead', (_, stakes) => {
    const sim = new Simulation({ seed: 'next', stakes, workers: 1 });
    sim.setFault(0, 'dead');
    sim.runRounds(6);
    for (const { decided } of sim.records) expect(sim.world.manifests.of(decided!).signer).toBe('V1');
  });

  it('stay with what most of the stake settled in time, also when that says its word again after the end', () => {
    const sim = new Simulation({ seed: 'again', stakes: [60, 30, 10], workers: 2 });
    sim.runRounds(2);
    sim.setFault(0, 'repeats');
    sim.runRounds(4);
    expectEveryRoundSettled(sim);
    for (const { decided } of sim.records) expect(sim.world.manifests.of(decided!).signer).toBe('V0');
  });

  it.each([
    ['one with little stake stands', [40, 35, 30, 5], [3]],
    ['one with more stake than each other stands', [40, 35, 30, 5], [0]],
    ['one stands while the lead is dead', [40, 35, 30, 5], [3], 0],
    ['a crowd with little stake stands', [40, 35, 30, 4, 4, 4, 4, 4, 4], [3, 4, 5, 6, 7, 8]],
    ['a crowd stands while the lead is dead', [40, 35, 30, 4, 4, 4, 4, 4, 4], [3, 4, 5, 6, 7, 8], 0],
  ])('settle every round when %s behind ever new manifests that nobody has', (_, stakes, floods, dead?: number) => {
    const sim = new Simulation({ seed: 'floods', stakes, workers: 2 });
    for (const index of floods) sim.setFault(index, 'floods');
    if (dead !== undefined) sim.setFault(dead, 'dead');
    sim.runRounds(5);
    expectEveryRoundSettled(sim);
    for (const { decided } of sim.records) expect(sim.world.manifests.of(decided!).isKeptBack).toBe(false);
  });

  it('go on when all are dead who had a turn of their own', () => {
    const sim = new Simulation({ seed: 'last', stakes: [50, 40, 30, 10, 9], workers: 1 });
    for (const index of [0, 1, 2]) sim.setFault(index, 'dead');
    sim.runRounds(5);
    expectEveryRoundSettled(sim);
  });

  describe.each([
    { stakes: [40, 15, 15, 15, 15], dead: [1] },
    { stakes: [40, 12, 16, 16, 16], dead: [4] },
    { stakes: [30, 14, 14, 14, 14, 14], dead: [1] },
    { stakes: [30, 14, 14, 14, 14, 14], dead: [1, 2] },
  ])('when the lead of $stakes withholds what it stands behind, and $dead are dead', ({ stakes, dead }) => {
    const runs = seeds(8).map((seed) => {
      const sim = new Simulation({ seed: `withheld ${seed}`, stakes, workers: 2 });
      sim.runRounds(1);
      sim.setFault(0, 'withholds');
      for (const index of dead) sim.setFault(index, 'dead');
      sim.runRounds(10);
      return sim;
    });

    it('lose no round: what the others agree on is followed, at the latest some blocks after its end', () => {
      for (const sim of runs) {
        for (const { round } of sim.records.slice(0, -1)) {
          const adopted = [...sim.adoptedIn(round)].map((hash) => sim.world.manifests.of(hash));
          expect(adopted, `round ${round}`).toHaveLength(1);
          expect(adopted[0]).toMatchObject({ isKeptBack: false });
        }
      }
    });

    it('go on rank by rank inside the round, as soon as it shows who is dead: four rounds in five are settled in time', () => {
      const decided = runs.flatMap((sim) => sim.records.slice(2).map((record) => ({ sim, ...record })));
      const inTime = decided.filter(
        ({ sim, decided: hash }) => hash !== null && !sim.world.manifests.of(hash).isKeptBack,
      );
      expect(inTime.length / decided.length).toBeGreaterThan(0.8);
    });
  });

  it.each([
    ['lies', 40],
    ['lies', 70],
    ['unfair', 40],
  ] as const)('never take a manifest of a lead that %s, with %i of 100 of the stake', (fault, stake) => {
    const rest = (100 - stake) / 5;
    const sim = new Simulation({ seed: fault, stakes: [stake, 2 * rest, 2 * rest, rest], workers: 2 });
    sim.setFault(0, fault);
    sim.runRounds(5);
    expectEveryRoundSettled(sim);
    for (const { decided } of sim.records) expect(sim.world.manifests.of(decided!).signer).not.toBe('V0');
  });

  it('let nobody decide alone who votes first: not in the first round, nor after many that the others sat out', () => {
    const sim = new Simulation({ seed: 'first', stakes: [30, 25, 25, 20], workers: 1 });
    sim.runRounds(6);
    sim.setFault(0, 'unfair');
    sim.runRounds(1);
    expect(sim.world.manifests.of(sim.records.at(-1)!.decided!).isUnfair).toBe(false);
  });

  it.each(seeds(12))('go on with one that starts again at any moment, and it with them (seed %i)', (seed) => {
    const { sim, random } = simulate('restart', seed);
    const index = seed % 2 === 0 ? 0 : random.nextBelow(sim.validators.length);
    const at = 2 * timing.blocks + random.nextBelow(timing.blocks);
    for (let block = 0; block < 5 * timing.blocks; block++) {
      if (block === at) sim.restart(index);
      sim.runBlock();
    }
    expectEveryRoundSettled(sim);
    sim.runIntoRound();
    expectAgreement(sim);
  });

  describe.each(['chain', 'blobs'] as const)('when the network is split in two (%s)', (kind) => {
    it.each(seeds(12))('agree within two rounds after it is whole again (seed %i)', (seed) => {
      const { sim, random } = simulate(kind, seed);
      sim.runRounds(2);
      for (let block = random.nextBelow(timing.blocks); block > 0; block--) sim.runBlock();
      sim.divide(kind);
      for (let block = 1 + random.nextBelow(3 * timing.blocks); block > 0; block--) sim.runBlock();
      sim.heal();
      sim.runRounds(2);
      sim.runIntoRound();
      expectAgreement(sim);
      expectNothingFalse(sim);
    });
  });

  it.each(seeds(12))('agree within two rounds after faults that came and went (seed %i)', (seed) => {
    const { sim, random } = simulate('chaos', seed);
    for (let round = 0; round < 5; round++) {
      for (const [index] of sim.validators.entries()) {
        const faults = [...FAULTS, 'false-failures', 'none', 'none'] as const;
        sim.setFault(index, faults[random.nextBelow(faults.length)]!);
      }
      sim.runRounds(1);
      if (random.nextBelow(3) === 0) sim.restart(random.nextBelow(sim.validators.length));
    }
    for (const [index] of sim.validators.entries()) sim.setFault(index, 'none');
    sim.runRounds(2);
    sim.runIntoRound();
    expectAgreement(sim);
    expectNothingFalse(sim);
  });
});
