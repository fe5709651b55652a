import type { OuterRule } from './outer-rule.ts';
import type { SparseTensor } from './update/sparse-tensor.ts';

/** What one peer sent for a tensor, or for a part of one. */
export interface WeightedPart {
  readonly part: SparseTensor;
  readonly weight: number;
  /** The weight times what clipping leaves of the values, see `clipFactors`. */
  readonly factor: number;
}

/** A tensor of the global state, or a part of one; `momentum` is `null` in a run without. */
export interface StatePart {
  readonly parameter: Float32Array;
  readonly momentum: Float32Array | null;
}

/** The entries `from` … `end` of a peer, which lie within one block. */
export interface BlockEntries extends WeightedPart {
  from: number;
  end: number;
}

/**
 * Coordinates that are summed at a time. Their sums and weights take 16 bytes each: 128 KiB, which stay in a core's L2 cache beside
 * what the peers sent for them.
 */
export const BLOCK_VALUES = 8_192;

/** Of an outer step of a tensor or of a part of one, block by block and in place: no coordinate depends on another. */
export class BlockStep {
  readonly #rule: OuterRule;
  /** What a sum is divided by; 0 means by the weights of those who sent the coordinate. */
  readonly #divisor: number;
  /** For each coordinate of a block Σ factor · value and Σ weight over the peers that sent it. All zero between blocks. */
  readonly #sums: Float64Array;
  /** The parameters of a block. */
  readonly #parameter: Float32Array;
  /** Places within the block that were sent, in the order in which they were found; one more is written than counts. */
  readonly #sent: Uint16Array;

  /** @param blockValues most coordinates of a block, at most 65,536 */
  constructor(rule: OuterRule, totalWeight: number, blockValues: number) {
    this.#rule = rule;
    this.#divisor = rule.mean === 'all' ? totalWeight : 0;
    this.#sums = new Float64Array(2 * blockValues);
    this.#parameter = new Float32Array(blockValues);
    this.#sent = new Uint16Array(blockValues + 1);
  }

  /** @param count coordinates of the block, from `start` on; indices count from where the state part begins */
  step(state: StatePart, start: number, count: number, peers: readonly BlockEntries[]): void {
    let sent = 0;
    for (const peer of peers) sent = this.#add(start, peer, sent);
    if (state.momentum === null) this.#moveSent(state.parameter.subarray(start, start + count), sent);
    else this.#moveAll(state.parameter, state.momentum, start, count);
  }

  /**
   * Lists each coordinate once, without a branch: the processor would guess wrong too often.
   * @param known coordinates that peers before have sent
   * @returns the same with this peer's
   */
  #add(start: number, { part: { indices, values }, factor, weight, from, end }: BlockEntries, known: number): number {
    const sums = this.#sums;
    const sent = this.#sent;
    let count = known;
    for (let at = from; at < end; at += 1) {
      const place = ((indices[at] ?? 0) - start) | 0;
      const i = place << 1;
      const before = sums[i + 1] ?? 0;
      sent[count] = place;
      count += before === 0 ? 1 : 0;
      sums[i] = (sums[i] ?? 0) + factor * (values[at] ?? 0);
      sums[i + 1] = before + weight;
    }
    return count;
  }

  /** Moves the first `count` of the coordinates that were sent. */
  #moveSent(block: Float32Array, count: number): void {
    // Copied in order first: in their own order the coordinates would be waited for one by one.
    const parameter = this.#parameter;
    parameter.set(block);

    const sums = this.#sums;
    const sent = this.#sent;
    const divisor = this.#divisor;
    const { learningRate } = this.#rule;
    for (let at = 0; at < count; at += 1) {
      const place = sent[at] ?? 0;
      const i = place << 1;
      const share = (sums[i] ?? 0) / (divisor === 0 ? (sums[i + 1] ?? 0) : divisor);
      parameter[place] = (parameter[place] ?? 0) - learningRate * share;
      sums[i] = 0;
      sums[i + 1] = 0;
    }
    block.set(parameter.subarray(0, block.length));
  }

  /** With momentum every coordinate moves, whether it was sent or not. */
  #moveAll(parameter: Float32Array, momentum: Float32Array, start: number, count: number): void {
    const sums = this.#sums;
    const divisor = this.#divisor;
    const { learningRate, momentum: decay } = this.#rule;
    for (let i = 0; i < count; i += 1) {
      const sent = sums[2 * i + 1] ?? 0;
      const share = sent === 0 ? 0 : (sums[2 * i] ?? 0) / (divisor === 0 ? sent : divisor);
      // Rounded to float32 before it is used, so that what is used is what is stored.
      const kept = Math.fround(decay * (momentum[start + i] ?? 0) + share);
      momentum[start + i] = kept;
      parameter[start + i] = (parameter[start + i] ?? 0) - learningRate * (share + decay * kept);
    }
    sums.fill(0, 0, 2 * count);
  }
}

export const weightOf = (peers: readonly { readonly weight: number }[]): number =>
  peers.reduce((sum, { weight }) => sum + weight, 0);

/**
 * The step of a tensor or of a part of one, in place.
 * @param parts indices ascend and count from the part's start
 */
export function outerStepPart(rule: OuterRule, state: StatePart, parts: readonly WeightedPart[]): void {
  if (parts.length === 0) return;
  const { length } = state.parameter;
  const peers = parts.map((part): BlockEntries => ({ ...part, from: 0, end: 0 }));
  const step = new BlockStep(rule, weightOf(parts), Math.min(BLOCK_VALUES, length));
  for (let start = 0; start < length; start += BLOCK_VALUES) {
    const count = Math.min(BLOCK_VALUES, length - start);
    for (const peer of peers) {
      peer.from = peer.end;
      while (peer.end < peer.part.indices.length && (peer.part.indices[peer.end] ?? 0) < start + count) peer.end += 1;
    }
    step.step(state, start, count, peers);
  }
}
