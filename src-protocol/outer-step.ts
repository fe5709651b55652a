import type { GlobalState } from './global-state.ts';
import type { OuterRule } from './outer-rule.ts';
import type { SparseTensor } from './update/update-blob.ts';

/** A selected update and its weight, a positive integer (relative). */
export interface Contribution {
  readonly tensors: readonly SparseTensor[];
  readonly weight: number;
}

/** What one peer sent for one tensor. */
export interface TensorPart {
  readonly part: SparseTensor;
  readonly weight: number;
}

/** A tensor of the global state; `momentum` is `null` in a run without. */
interface StateTensor {
  readonly parameter: Float32Array;
  readonly momentum: Float32Array | null;
}

/**
 * Coordinates that are summed at a time. Sums and weights take 16 bytes each: 1 MiB, which stays in a core's L2 cache.
 * Without blocks they would be four times the model.
 */
const BLOCK = 65_536;

/**
 * θ ← θ − α · g, where g is the weighted mean of the updates, each tensor's update first clipped to the median norm
 * (Covenant-72B; facts §1). With outer momentum (Nesterov, as in DiLoCo and PyTorch's SGD): m ← μ·m + g; θ ← θ − α · (g + μ·m).
 *
 * Bit-exact everywhere: + − × ÷ √ on doubles in the order of `contributions`, stored as float32. Beside the new arrays that it
 * returns it holds 1 MiB. A round that merged nothing leaves the state as it was, its momentum too: nothing was learned.
 *
 * @throws RangeError when the rule has momentum and the state has not, or the other way round
 */
export function outerStep(rule: OuterRule, state: GlobalState, contributions: readonly Contribution[]): GlobalState {
  if (state.momentum.length !== (rule.momentum > 0 ? state.parameters.length : 0)) {
    throw new RangeError(`Momentum ${rule.momentum} with ${state.momentum.length} tensors for it`);
  }
  const momentum: Float32Array[] = [];
  const parameters = state.parameters.map((parameter, tensor) => {
    const parts = contributions.flatMap(({ tensors, weight }) => {
      const part = tensors[tensor];
      return part === undefined ? [] : [{ part, weight }];
    });
    const next = outerStepTensor(rule, { parameter, momentum: state.momentum[tensor] ?? null }, parts);
    if (next.momentum !== null) momentum.push(next.momentum);
    return next.parameter;
  });
  return { parameters, momentum };
}

/** The outer step of one tensor: whoever decodes tensor by tensor never holds more than one of every peer. */
export function outerStepTensor(
  rule: OuterRule,
  { parameter, momentum }: StateTensor,
  parts: readonly TensorPart[],
): StateTensor {
  const next = { parameter: parameter.slice(), momentum: momentum?.slice() ?? null };
  if (parts.length === 0) return next;
  const norms = parts.map(({ part }) => norm(part.values));
  const limit = median(norms);
  const peers = parts.map(({ part, weight }, peer): Peer => {
    const length = norms[peer] ?? 0;
    return { ...part, weight, factor: weight * (length > limit ? limit / length : 1), at: 0, from: 0 };
  });
  const totalWeight = parts.reduce((sum, { weight }) => sum + weight, 0);
  const divisor = rule.mean === 'all' ? totalWeight : null;
  const size = Math.min(BLOCK, parameter.length);
  const block = { sums: new Float64Array(size), weights: new Float64Array(size) };
  for (let start = 0; start < parameter.length; start += BLOCK) {
    for (const peer of peers) addPeer(block, start, peer);
    if (next.momentum === null) moveSent(block, start, peers, divisor, rule.learningRate, next.parameter);
    else moveAll(block, start, divisor, rule, next.parameter, next.momentum);
  }
  return next;
}

interface Peer extends SparseTensor {
  readonly weight: number;
  /** Its weight, made smaller where its norm is clipped. */
  readonly factor: number;
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

function norm(values: Float32Array): number {
  let squares = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i] ?? 0;
    squares += value * value;
  }
  return Math.sqrt(squares);
}

/** Mean of the two middle values when their number is even; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return (lower + upper) / 2;
}
