import { parameterShapes, type ModelConfig, type ParameterShape } from '#protocol/model-shape.ts';

/** A contiguous range of a model's decoder layers, with the embedding before it and/or the head behind it. */
export interface Shard {
  /** First layer. */
  readonly from: number;
  /** The layer after the last one; equal to `from` when there are none. */
  readonly to: number;
  readonly embedding: boolean;
  readonly head: boolean;
}

export const wholeModel = ({ layers }: ModelConfig): Shard => ({ from: 0, to: layers, embedding: true, head: true });

/**
 * The shard with its layers counted from 0. Shards that are equal then have equal graphs, whose parameters differ in value
 * only: one loaded graph serves all of them.
 */
export const withoutPlace = (shard: Shard): Shard => ({ ...shard, from: 0, to: shard.to - shard.from });

/** What a shard computes, as a short text: equal for shards with equal graphs. */
export const shardKind = ({ from, to, embedding, head }: Shard): string =>
  [embedding ? 'embedding' : '', `${to - from} layers`, head ? 'head' : ''].filter((part) => part !== '').join(' + ');

/** The shard's parameters in the order of `parameterShapes`. With a tied head, its first and its last shard both hold the embedding. */
export function shardParameters(config: ModelConfig, shard: Shard): readonly ParameterShape[] {
  return parameterShapes(config).filter(({ name }) => {
    const layer = /^model\.layers\.(\d+)\./.exec(name)?.[1];
    if (layer !== undefined) return Number(layer) >= shard.from && Number(layer) < shard.to;
    if (name === 'model.embed_tokens.weight') return shard.embedding || (shard.head && config.tiedHead);
    return shard.head;
  });
}

/** The shard as a chain of shards of at most `layers` layers; the embedding goes with the first, the head with the last. */
export function splitShard(shard: Shard, layers: number): readonly Shard[] {
  const pieces: Shard[] = [];
  for (let from = shard.from; from < shard.to || pieces.length === 0; from += layers) {
    const to = Math.min(shard.to, from + layers);
    pieces.push({ from, to, embedding: shard.embedding && from === shard.from, head: shard.head && to === shard.to });
  }
  return pieces;
}
