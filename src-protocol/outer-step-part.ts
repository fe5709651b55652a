import type { OuterRule } from './outer-rule.ts';
import type { SparseTensor } from './update/part-decoder.ts';

/** What one peer sent for a tensor, or for a part of one. */
export interface WeightedPart {
  readonly part: SparseTensor;
  readonly weight: number;
  /** The weight times what clipping leaves of the values, see `clipFactors`. */
  readonly factor: number;
}

/** A tensor of the global state, or a part of one; `momentum` is `null` in a run without. */
interface StatePart {
  readonly parameter: Float32Array;
  readonly momentum: Float32Array | null;
}

/**
 * Coordinates that are summed at a time. Sums and weights take 16 bytes each: 1 MiB, which stays in a core's L2 cache.
 * Without blocks they would be four times the model.
 */
const BLOCK = 65_536;

/**
 * The step of a tensor or of a part of one, in place: no coordinate depends on another. So whoever decodes part by part never
 * holds more than one of every peer.
 * @param parts indices ascend and count from the part's start
 */
export function outerStepPart(
  rule: OuterRule,
  { parameter, momentum }: StatePart,
  parts: readonly WeightedPart[],
): void {
  if (parts.length === 0) return;
  const peers = parts.map(({ part, ...rest }): Peer => ({
    ...rest,
    indices: part.indices,
    values: part.values,
    at: 0,
    from: 0,
  }));
  const totalWeight = parts.reduce((sum, { weight }) => sum + weight, 0);
  const divisor = rule.mean === 'all' ? totalWeight : null;
  const size = Math.min(BLOCK, parameter.length);
  const block = { sums: new Float64Array(size), weights: new Float64Array(size) };
  for (let start = 0; start < parameter.length; start += BLOCK) {
    for (const peer of peers) addPeer(block, start, peer);
    if (momentum === null) moveSent(block, start, peers, divisor, rule.learningRate, parameter);
    else moveAll(block, start, divisor, rule, parameter, momentum);
  }
}

interface Peer extends SparseTensor, Omit<WeightedPart, 'part'> {
  /** First entry after the current block. */
  at: number;
  /** First entry of the current block. */
  from: number;
}

/** For each coordinate of a block. All zero between blocks. */
interface Block {
  /** Σ factor · value over the peers that sent it. */
  readonly sums: Float64Array;
  /** Σ weight over the peers that sent it. */
  readonly weights: Float64Array;
}

function addPeer({ sums, weights }: Block, start: number, peer: Peer): void {
  const { indices, values, factor, weight } = peer;
  const end = start + BLOCK;
  let at = peer.at;
  peer.from = at;
  for (; at < indices.length; at += 1) {
    const index = indices[at] ?? 0;
    if (index >= end) break;
    const i = index - start;
    sums[i] = (sums[i] ?? 0) + factor * (values[at] ?? 0);
    weights[i] = (weights[i] ?? 0) + weight;
  }
  peer.at = at;
}

/** Moves the coordinates that were sent, once each, by going through the peers' entries again: few of a block's coordinates are. */
function moveSent(
  { sums, weights }: Block,
  start: number,
  peers: readonly Peer[],
  divisor: number | null,
  learningRate: number,
  parameter: Float32Array,
): void {
  for (const { indices, from, at: end } of peers) {
    for (let at = from; at < end; at += 1) {
      const index = indices[at] ?? 0;
      const i = index - start;
      const sent = weights[i] ?? 0;
      if (sent === 0) continue; // a peer before sent it too: it has been moved
      const share = (sums[i] ?? 0) / (divisor ?? sent);
      parameter[index] = (parameter[index] ?? 0) - learningRate * share;
      sums[i] = 0;
      weights[i] = 0;
    }
  }
}

/** With momentum every coordinate moves, whether it was sent or not. */
function moveAll(
  { sums, weights }: Block,
  start: number,
  divisor: number | null,
  { learningRate, momentum: decay }: OuterRule,
  parameter: Float32Array,
  momentum: Float32Array,
): void {
  const count = Math.min(BLOCK, parameter.length - start);
  for (let i = 0; i < count; i += 1) {
    const sent = weights[i] ?? 0;
    const share = sent === 0 ? 0 : (sums[i] ?? 0) / (divisor ?? sent);
    // Rounded to float32 before it is used, so that what is used is what is stored.
    const kept = Math.fround(decay * (momentum[start + i] ?? 0) + share);
    momentum[start + i] = kept;
    parameter[start + i] = (parameter[start + i] ?? 0) - learningRate * (share + decay * kept);
  }
  sums.fill(0);
  weights.fill(0);
}
