import type { Fault } from '../../support/faults/fault.ts';
import { CLEAN, FAULT_ROUND, VALIDATORS } from './clean.ts';

const SPLIT_ROUNDS = 2;
/** Each half of the workers in turn: a text on which one of them is lucky is unlucky for the other. */
const HALVES = [
  [0, 1, 2],
  [3, 4, 5],
];
/** On a single one luck takes or gives 2 %. */
const TEXTS = 12;

/** The lead is cut off with them. */
function sidesFor(cutOff: readonly number[]): ReadonlyMap<string, 'a' | 'b'> {
  const workers = HALVES.flat().map((n) => [`worker ${n}`, cutOff.includes(n) ? 'a' : 'b'] as const);
  return new Map([['validator 0', 'a'], ['validator 1', 'b'], ['validator 2', 'b'], ...workers]);
}

/** The chain reaches both halves; announcements and blobs do not cross. The lead is in the half with less stake. */
export const partition: Fault = {
  name: 'partition in two halves and heal',
  cast: VALIDATORS,
  faulty: [],
  turns: { groups: HALVES, texts: TEXTS },
  onBlock: ({ round, offset }, stage) => {
    if (offset !== 0) return;
    if (round === FAULT_ROUND) stage.split(sidesFor(stage.turn.hit));
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
