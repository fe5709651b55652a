import { domainHash } from '../hash.ts';
import type { Hotkey } from '../ids.ts';
import { randomStream } from '../random.ts';
import type { Rao } from '../units.ts';
import { coverShards } from './cover-shards.ts';
import { PlacementBoard } from './placement-board.ts';
import { strengthenWeakest } from './strengthen-weakest.ts';

/** What a worker has to offer. Rates are measured ones, not what it claims. */
export interface PlacementWorker {
  readonly hotkey: Hotkey;
  readonly vramBytes: number;
  /** Compute class: a shard may ask for at least one. Higher is more capable. */
  readonly gpuClass: number;
  /** Tokens per second on work of 1 per token (`ShardNeed.workPerToken`). */
  readonly tokensPerSecond: number;
  readonly uplinkBytesPerSecond: number;
  readonly downlinkBytesPerSecond: number;
  /** 0…1: share of the rounds that it finished lately. */
  readonly reliability: number;
  readonly stakeRao: Rao;
}

/** What a shard takes. `bytes…PerToken`: updates and activations, averaged over a round. */
export interface ShardNeed {
  readonly shard: number;
  readonly memoryBytes: number;
  readonly minGpuClass: number;
  /** Compute per token, relative to the work that `tokensPerSecond` was measured on. */
  readonly workPerToken: number;
  readonly sentBytesPerToken: number;
  readonly receivedBytesPerToken: number;
}

export type Assignment = ReadonlyMap<Hotkey, number>;

export interface PlacementOptions {
  /** Nobody moves unless the weakest shard gains at least this share of its strength. */
  readonly minimumGain: number;
}

/** A move costs the download of a shard. Petals asks for a third more (weakest ÷ possible < 0.75), with nothing to download. */
export const DEFAULT_PLACEMENT: PlacementOptions = { minimumGain: 0.25 };

/**
 * Says who trains which shard. The weakest shard is always strengthened first; a shard's strength is the sum of its workers'
 * effective throughputs (`effectiveThroughput`). Whoever fits no shard gets none.
 *
 * 1. Who has a shard that it still fits keeps it.
 * 2. The others, those with the least choice first and among them the strongest, each take the weakest shard that they fit.
 * 3. A shard that nobody serves gets somebody, if need be through a chain of moves (`coverShards`).
 * 4. Moves strengthen the weakest shard, those of workers that stay only for `minimumGain` (`strengthenWeakest`).
 *
 * After Petals' choice of blocks (bigscience-workshop/petals, server/block_selection.py): sums of throughput are compared as
 * sorted vectors. A pure function: the order of the inputs does not matter; among equals the higher stake goes first, then a
 * draw from `seed`.
 *
 * @throws RangeError on a number that is not one, or a hotkey or shard that is there twice
 */
export function assignShards(
  roster: readonly PlacementWorker[],
  needs: readonly ShardNeed[],
  previous: Assignment,
  options: PlacementOptions,
  seed: Uint8Array,
): Assignment {
  const board = new PlacementBoard(drawOrder(roster, seed), needs);
  const isNew = board.workers.map((worker, index) => !board.keep(index, previous.get(worker.hotkey)));
  const choices = board.workers.map((_, index) => board.choicesOf(index));
  const waiting = [...isNew.keys()]
    .filter((index) => isNew[index] === true)
    .toSorted((a, b) => {
      return (choices[a] ?? 0) - (choices[b] ?? 0) || board.bestThroughput(b) - board.bestThroughput(a) || a - b;
    });
  for (const worker of waiting) board.place(worker, board.weakestFor(worker));
  coverShards(board);
  strengthenWeakest(board, (worker) => isNew[worker] === true, 0);
  strengthenWeakest(board, () => true, options.minimumGain);
  return board.assignment();
}

/** The strength of each shard, tokens per second. */
export function shardStrengths(
  roster: readonly PlacementWorker[],
  needs: readonly ShardNeed[],
  assignment: Assignment,
): ReadonlyMap<number, number> {
  const board = new PlacementBoard(drawOrder(roster, new Uint8Array()), needs);
  for (const [index, { hotkey }] of board.workers.entries()) board.keep(index, assignment.get(hotkey));
  return new Map(board.needs.map(({ shard }, index) => [shard, board.strength(index)]));
}

/** Higher stake first; a draw among equals, which nobody knows before the seed. */
function drawOrder(roster: readonly PlacementWorker[], seed: Uint8Array): readonly PlacementWorker[] {
  const random = randomStream(domainHash('millrace/placement/1', seed));
  return roster
    .toSorted((a, b) => (a.hotkey < b.hotkey ? -1 : 1))
    .map((worker) => ({ worker, draw: random.nextUint32() }))
    .toSorted((a, b) => Number(b.worker.stakeRao - a.worker.stakeRao) || a.draw - b.draw)
    .map(({ worker }) => worker);
}
