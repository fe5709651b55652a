import type { Fault } from '../../support/faults/fault.ts';
import { FAULT_ROUND, VALIDATORS } from './clean.ts';

const STALLED_BLOCKS = 20;
const common = { cast: VALIDATORS, faulty: [], expect: () => [] } as const;

/** While updates are announced and awaited. */
export const stalled: Fault = {
  ...common,
  name: 'chain stalled for 20 blocks',
  onBlock: async ({ round, offset }, stage) => {
    if (round !== FAULT_ROUND || offset !== 5) return;
    const { block } = stage;
    await stage.stall(STALLED_BLOCKS);
    if (stage.block === block) stage.count('stalled');
  },
  fired: (_, stage) => (stage.counts.has('stalled') ? `${STALLED_BLOCKS} blocks' time at one head` : null),
};

/** Once over the deadline, once over the block that a manifest is committed in. */
const FORKS: readonly (readonly [round: number, offset: number])[] = [
  [FAULT_ROUND, 10],
  [FAULT_ROUND + 2, 12],
];

export const reorganised: Fault = {
  ...common,
  name: 'chain reorganised',
  onBlock: async ({ round, offset }, stage) => {
    const isDue = FORKS.some(([r, o]) => r === round && o === offset && !stage.counts.has(`fork in ${r}`));
    if (!isDue) return;
    const { block } = stage;
    stage.reorganise(3);
    if (stage.block < block) stage.count(`fork in ${round}`);
    await stage.quiet.settled();
  },
  fired: (_, stage) => (stage.counts.size === FORKS.length ? `${FORKS.length} times 3 blocks back` : null),
};

const [CUT_AT, BACK_AT] = [5, 16];

/** Past the deadline and the turns of two leads. */
export const unreachable: Fault = {
  ...common,
  name: 'chain unreachable',
  mayLose: 1,
  onBlock: async ({ round, offset }, stage) => {
    if (round !== FAULT_ROUND) return;
    const { chain } = stage.swarm;
    if (offset === CUT_AT) chain.setConnection('disconnected');
    if (offset !== BACK_AT) return;
    const failed = await chain.head().then(
      () => false,
      () => true,
    );
    if (failed) stage.count('cut off');
    chain.setConnection('connected');
    await stage.quiet.settled();
  },
  fired: (_, stage) => (stage.counts.has('cut off') ? `for ${BACK_AT - CUT_AT} blocks over the deadline` : null),
};
