import { type GlobalState, stateTensors } from '#protocol/global-state.ts';
import { type CreateSha256, portableSha256 } from '#protocol/hash.ts';
import type { StateRoot } from '#protocol/ids.ts';
import { hashedFloats, integerHash } from '#protocol/integer-hash.ts';
import { outerRuleAt, type OuterSchedule } from '#protocol/outer-rule.ts';
import { type Contribution, outerStep } from '#protocol/outer-step.ts';
import { rootOf, stateRoot, stateTreeAside } from '#protocol/state-root.ts';
import type { SparseTensor } from '#protocol/update/sparse-tensor.ts';

/**
 * Twenty rounds of sixteen peers, made from the integer hash alone. Whatever runs JavaScript must give the roots that
 * `test/fixtures/outer-rounds.json` holds (written by `record-outer-rounds.ts`).
 */
const ROUNDS = 20;
const PEERS = 16;
/** Ragged on purpose: a single value, less than a chunk, more than a block, more than a leaf of the tree. */
const SIZES = [1, 63, 4097, 70_001, 262_151];
/** Every so many values one is sent, on average. */
const SPACING = 64;
/** This peer's values are so large that they are clipped in every round. */
const LOUD_PEER = 3;
/** This peer sends nothing for the first tensors. */
const PARTIAL_PEER = 5;

/** As the reference's went down over a month, in 20 rounds. */
const learningRates = [
  { fromStep: 0, rate: 1 },
  { fromStep: 7, rate: 0.9 },
  { fromStep: 14, rate: 0.4 },
];

const recordedRules = {
  senders: { learningRates, mean: 'senders', momentum: 0 },
  all: { learningRates, mean: 'all', momentum: 0 },
  'senders, momentum': { learningRates, mean: 'senders', momentum: 0.9 },
  'all, momentum': { learningRates, mean: 'all', momentum: 0.9 },
} as const satisfies Record<string, OuterSchedule>;
type RecordedRule = keyof typeof recordedRules;

/** The root after each round, by rule. */
type RecordedRoots = Record<RecordedRule, readonly StateRoot[]>;

export function playRecordedRuns(createSha256: CreateSha256 = portableSha256): RecordedRoots {
  return {
    senders: playRecordedRun('senders', createSha256),
    all: playRecordedRun('all', createSha256),
    'senders, momentum': playRecordedRun('senders, momentum', createSha256),
    'all, momentum': playRecordedRun('all, momentum', createSha256),
  };
}

function playRecordedRun(rule: RecordedRule, createSha256: CreateSha256): readonly StateRoot[] {
  const outer: OuterSchedule = { ...recordedRules[rule], learningRates };
  let state: GlobalState = {
    parameters: startingParameters(),
    momentum: outer.momentum === 0 ? [] : SIZES.map((size) => new Float32Array(size)),
  };
  return Array.from({ length: ROUNDS }, (_, round) => {
    state = outerStep(outerRuleAt(outer, round), state, recordedContributions(SIZES, round));
    return stateRoot(stateTensors(state), createSha256);
  });
}

const startingParameters = (): readonly Float32Array[] => SIZES.map((size, tensor) => hashedFloats(size, tensor, 0.05));

/** The root before the first round, by WebCrypto. */
export const startingRootAside = async (): Promise<StateRoot> => rootOf(await stateTreeAside(startingParameters()));

/** What the sixteen peers sent in a round: positions at uneven distances, values of four levels as after quantising. */
export const recordedContributions = (sizes: readonly number[], round: number): readonly Contribution[] =>
  Array.from({ length: PEERS }, (_, peer) => ({
    weight: 1 + (peer % 3),
    tensors: sizes.map((size, tensor) => {
      const isSent = peer !== PARTIAL_PEER || tensor > 1;
      return sparseTensor(isSent ? size : 0, 1_000_000 + 10_000 * round + 100 * peer + tensor, peer === LOUD_PEER);
    }),
  }));

function sparseTensor(size: number, salt: number, isLoud: boolean): SparseTensor {
  const levels = hashedFloats(4, salt, isLoud ? 1 : 0.002);
  const indices: number[] = [];
  const values: number[] = [];
  for (let index = integerHash(0, salt) % Math.min(SPACING, size); index < size;) {
    const hash = integerHash(index + 1, salt);
    indices.push(index);
    values.push(levels[hash & 3] ?? 0);
    index += 1 + ((hash >>> 2) % (2 * SPACING - 1));
  }
  return { indices: Uint32Array.from(indices), values: Float32Array.from(values) };
}
