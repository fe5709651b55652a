import type { Fault } from '../../support/faults/fault.ts';
import { CLEAN, FAULT_ROUND, VALIDATORS } from './clean.ts';

const SPLIT_ROUNDS = 2;
const HALVES = new Map<string, 'a' | 'b'>([
  ...['validator 0', 'worker 0', 'worker 1', 'worker 2'].map((name) => [name, 'a'] as const),
  ...['validator 1', 'validator 2', 'worker 3', 'worker 4', 'worker 5'].map((name) => [name, 'b'] as const),
]);

/** The chain reaches both halves; announcements and blobs do not cross. The lead is in the half with less stake. */
export const partition: Fault = {
  name: 'partition in two halves and heal',
  cast: VALIDATORS,
  faulty: [],
  onBlock: ({ round, offset }, stage) => {
    if (offset !== 0) return;
    if (round === FAULT_ROUND) stage.split(HALVES);
    if (round === FAULT_ROUND + SPLIT_ROUNDS) stage.heal();
  },
  fired: (_, { counts }) => {
    const [blobs, announcements] = [
      counts.get('a blob was out of reach'),
      counts.get('an announcement was out of reach'),
    ];
    return blobs === undefined || announcements === undefined
      ? null
      : `${SPLIT_ROUNDS} rounds: ${announcements} announcements and ${blobs} blobs did not cross`;
  },
  expect: ({ workerRounds, rounds, manifests }) => {
    const root = manifests.get(rounds - 1)?.stateRoot;
    const agree = workerRounds.filter((all) => all.at(-1)?.stateRoot === root).length;
    return [
      {
        name: 'all have the same state at the end',
        measured: `${agree} of ${workerRounds.length}`,
        ok: agree === workerRounds.length,
      },
    ];
  },
};

export const lossyLinks: Fault = {
  ...CLEAN,
  name: 'packet loss 5 % and 300 ms delay',
  skipped: 'needs real links, which members of this table do not have: npm run bench -- lossy-swarm',
};
