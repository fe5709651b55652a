import type { ModelConfig } from '#protocol/model-shape.ts';
import { checkFits, gigabytes, memoryEstimator, type MemoryEstimate, type MemoryOptions } from './memory.ts';
import { partition, searchSize, type SlotKind } from './partition.ts';
import { wholeModel, type Shard } from './shard.ts';

export interface PlanOptions extends Omit<MemoryOptions, 'config'> {
  /** Operations a second of each card, in any unit; all alike if left out. */
  readonly throughputs?: readonly number[];
  /**
   * `balanced` (default): the least time of the slowest shard, on as many cards as that takes. `fewest`: as few shards as fit,
   * and of those the fastest. Cards left over are free for another replica.
   */
  readonly prefer?: 'balanced' | 'fewest';
}

interface PlannedShard {
  readonly shard: Shard;
  /** Index of its card's budget. */
  readonly card: number;
  readonly memory: MemoryEstimate;
  /** Operations for each token of a step. */
  readonly flopsPerToken: number;
}

export type ShardPlan =
  | {
      readonly kind: 'fits';
      /** In the order of the model. */
      readonly shards: readonly PlannedShard[];
      /** Cards without a shard. */
      readonly spareCards: readonly number[];
      /** Whether there is no better plan; else the cards were of too many kinds to search them all. */
      readonly exact: boolean;
    }
  | {
      readonly kind: 'does-not-fit';
      /** What the largest card lacks for a part that cannot be cut, or else what a further card must have to take the rest. */
      readonly missingBytes: number;
      /** With enough cards of this size the model fits; with smaller ones alone it never does. */
      readonly smallestCardBytes: number;
      readonly reason: string;
    };

/** Ways to use cards that are searched. Where there are more, cards that are nearly alike count as the least of them. */
const LARGEST_SEARCH = 1_000_000;

/**
 * Cuts the decoder into contiguous shards that each fit a card, embedding and head included.
 * @param budgets bytes that each card has for a shard, in any order
 */
export function planShards(config: ModelConfig, budgets: readonly number[], options: PlanOptions): ShardPlan {
  const { throughputs = [], prefer = 'balanced' } = options;
  const memory = memoryEstimator({ ...options, config });
  // The table of a tied head is the embedding's too. Two shards would each hold it and learn something else.
  const units = config.tiedHead ? 1 : config.layers + 2;
  const shardOf = (from: number, to: number): Shard => (config.tiedHead ? wholeModel(config) : range(config, from, to));

  if (budgets.length === 0) return doesNotFit(config, memory, { units, shardOf, budgets, reached: 0 });
  const { kinds, exact } = kindsOfCards(budgets, throughputs, units);
  const slots = kinds.map(({ budgetBytes, throughput, cards }): SlotKind => {
    const cost = (from: number, to: number): number => {
      const shard = shardOf(from, to);
      return memory(shard).totalBytes <= budgetBytes ? flopsPerToken(config, shard) / throughput : Infinity;
    };
    return { count: Math.min(cards.length, units), cost };
  });
  const found = partition({ units, slots, fewest: prefer === 'fewest' });
  if (found.kind === 'none') return doesNotFit(config, memory, { units, shardOf, budgets, reached: found.reached });

  const unused = kinds.map(({ cards }) => [...cards]);
  const shards = found.pieces.map(({ kind, from, to }): PlannedShard => {
    const shard = shardOf(from, to);
    const card = unused[kind]?.shift() ?? 0;
    return { shard, card, memory: memory(shard), flopsPerToken: flopsPerToken(config, shard) };
  });
  return { kind: 'fits', shards, spareCards: unused.flat().sort((a, b) => a - b), exact };
}

/**
 * Operations of a training step for each token: a layer runs forward, forward again and backward (twice as much), the head,
 * which begins its backward pass at once, forward and backward. A multiplication with an addition counts as two.
 */
export function flopsPerToken(config: ModelConfig, { from, to, head }: Shard): number {
  const { hiddenSize, heads, kvHeads, headSize, ffnSize, vocabSize, sequenceLength } = config;
  const products = 2 * hiddenSize * headSize * (heads + kvHeads) + 3 * hiddenSize * ffnSize;
  const attention = 2 * sequenceLength * heads * headSize;
  return 4 * 2 * (products + attention) * (to - from) + (head ? 3 * 2 * vocabSize * hiddenSize : 0);
}

/** Units in a row: the embedding, each layer, the head. */
const range = ({ layers }: ModelConfig, from: number, to: number): Shard => ({
  from: Math.max(0, from - 1),
  to: Math.min(layers, to - 1),
  embedding: from === 0,
  head: to === layers + 2,
});

interface CardKind {
  readonly budgetBytes: number;
  readonly throughput: number;
  readonly cards: readonly number[];
}

/** Equal cards together. If there are too many kinds to search, nearly equal ones together too. */
function kindsOfCards(
  budgets: readonly number[],
  throughputs: readonly number[],
  units: number,
): { readonly kinds: readonly CardKind[]; readonly exact: boolean } {
  for (let step = 0; ; step = step * 1.5 || 0.01) {
    const rounded = (value: number): number =>
      step === 0 || value <= 0 ? value : Math.floor(Math.log(value) / Math.log1p(step));
    const groups = new Map<string, { card: number; budgetBytes: number; throughput: number }[]>();
    for (const [card, budgetBytes] of budgets.entries()) {
      const throughput = throughputs[card] ?? 1;
      const key = `${rounded(budgetBytes)} ${rounded(throughput)}`;
      groups.set(key, [...(groups.get(key) ?? []), { card, budgetBytes, throughput }]);
    }
    const kinds = [...groups.values()].map((group) => ({
      budgetBytes: Math.min(...group.map(({ budgetBytes }) => budgetBytes)),
      throughput: Math.min(...group.map(({ throughput }) => throughput)),
      cards: group.map(({ card }) => card),
    }));
    const counts = kinds.map(({ cards }) => Math.min(cards.length, units));
    if (kinds.length <= 2 || searchSize(counts) <= LARGEST_SEARCH) return { kinds, exact: step === 0 };
  }
}

function doesNotFit(
  config: ModelConfig,
  memory: (shard: Shard) => MemoryEstimate,
  search: {
    readonly units: number;
    readonly shardOf: (from: number, to: number) => Shard;
    readonly budgets: readonly number[];
    readonly reached: number;
  },
): ShardPlan {
  const { units, shardOf, budgets, reached } = search;
  const parts = Array.from({ length: units }, (_, unit) => shardOf(unit, unit + 1));
  const hardest = parts.reduce((a, b) => (memory(b).totalBytes > memory(a).totalBytes ? b : a));
  const smallestCardBytes = memory(hardest).totalBytes;
  const shortage = checkFits(memory(hardest), Math.max(0, ...budgets));
  if (budgets.length > 0 && shortage !== null) {
    const why = config.tiedHead ? ', which cannot be cut because its head is tied to its embedding,' : '';
    const reason = `${capital(named(config, hardest))}${why} does not fit the largest card. ${shortage.message}`;
    return { kind: 'does-not-fit', missingBytes: shortage.missingBytes, smallestCardBytes, reason };
  }
  const rest = shardOf(reached, units);
  const missingBytes = memory(rest).totalBytes;
  const needs = `${named(config, rest)}, for which ${gigabytes(missingBytes)} GB more would do`;
  const reason = `The cards are too few: none is left for ${needs}`;
  return { kind: 'does-not-fit', missingBytes, smallestCardBytes, reason };
}

function named({ layers }: ModelConfig, { from, to, embedding, head }: Shard): string {
  if (embedding && head && to - from === layers) return 'the whole model';
  const own = to - from === 1 ? `layer ${from}` : `layers ${from} to ${to - 1}`;
  return [embedding ? 'the embedding' : '', to > from ? own : '', head ? 'the head' : ''].filter(Boolean).join(' and ');
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
