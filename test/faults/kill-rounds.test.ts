import { expect, it } from 'vitest';
import { killRounds } from '../support/rounds/kill-rounds.ts';

/** More, and with other seeds: `npm run kills -- --kills 200 --seed 7`. */
const KILLS = 12;
const LIMIT_MS = 240_000;

it(
  'a worker killed at random instants loses no round, applies none twice, damages no blob and ends where one that nobody killed does',
  async () => {
    const { complaints, hits, rounds } = await killRounds({ kills: KILLS, seed: 1 });
    expect(complaints).toEqual([]);
    expect([...hits.values()].reduce((sum, times) => sum + times, 0)).toBeGreaterThanOrEqual(KILLS);
    expect(rounds).toBeGreaterThan(5);
  },
  LIMIT_MS,
);
