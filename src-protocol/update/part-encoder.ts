import { bytesOf } from '../bytes.ts';
import type { RunSpec } from '../run-spec.ts';
import { BitWriter } from './bit-writer.ts';
import { keptCount, keptInChunk } from './chunks.ts';
import { MAX_GAP_BITS, maxPartBytes, partHeaderBytes } from './part-size.ts';
import { quantise } from './quantiser.ts';
import { TopKSelector } from './top-k.ts';

/**
 * Compresses parts one after the other with error feedback (SparseLoCo): e ← decay·e + Δ; send c = Q(TopK(e)); e ← e − c.
 * The bytes are described in docs/FORMATS.md. What it needs beside input and output is made once: at the default setting 0.2 MB.
 */
export class PartEncoder {
  readonly #spec: RunSpec['update'];
  readonly #selector: TopKSelector;
  readonly #places: Uint16Array;
  readonly #values: Float32Array;
  readonly #codes: Uint8Array;
  readonly #bytes: Uint8Array;

  /** @param longest number of values of the longest part that will be encoded */
  constructor(spec: RunSpec['update'], longest: number) {
    const kept = keptCount(longest, spec);
    this.#spec = spec;
    this.#selector = new TopKSelector(spec.chunkSize);
    this.#places = new Uint16Array(kept);
    this.#values = new Float32Array(kept);
    this.#codes = new Uint8Array(kept);
    this.#bytes = new Uint8Array(maxPartBytes(longest, spec));
  }

  /**
   * @param difference Δ of the part
   * @param error e of the part, which is changed in place and then holds what was not sent
   */
  encode(difference: Float32Array, error: Float32Array): Uint8Array {
    const length = error.length;
    addDecayed(error, difference, this.#spec.errorDecay);
    const kept = this.#select(error);
    const { levels, counts } = quantise(this.#spec, this.#values, kept, this.#codes);
    const ranks = ranksOf(counts);
    this.#subtract(error, levels);
    return this.#write(length, kept, levels, counts, ranks);
  }

  /** Finds the places and the values of what is kept. @returns their number */
  #select(error: Float32Array): number {
    const bits = new Uint32Array(error.buffer, error.byteOffset, error.length);
    const { chunkSize } = this.#spec;
    let kept = 0;
    for (let start = 0; start < error.length; start += chunkSize) {
      const length = Math.min(chunkSize, error.length - start);
      const end = kept + keptInChunk(length, this.#spec);
      this.#selector.select(bits, start, length, end - kept, this.#places, kept);
      for (; kept < end; kept += 1) this.#values[kept] = error[start + (this.#places[kept] ?? 0)] ?? 0;
    }
    return kept;
  }

  #subtract(error: Float32Array, levels: Float32Array): void {
    const { chunkSize } = this.#spec;
    let at = 0;
    for (let start = 0; start < error.length; start += chunkSize) {
      const end = at + keptInChunk(Math.min(chunkSize, error.length - start), this.#spec);
      for (; at < end; at += 1) {
        const place = start + (this.#places[at] ?? 0);
        error[place] = (error[place] ?? 0) - (levels[this.#codes[at] ?? 0] ?? 0);
      }
    }
  }

  #write(length: number, kept: number, levels: Float32Array, counts: Uint32Array, ranks: Uint8Array): Uint8Array {
    const { chunkSize, bits } = this.#spec;
    const ranked = new Float32Array(levels.length);
    for (const [code, rank] of ranks.entries()) ranked[rank] = levels[code] ?? 0;
    const gapBits = this.#bestGapBits(length, kept);
    const codeBits = bestCodeBits(counts, ranks, bits);
    const highest = (levels.length >> codeBits) - 1;
    this.#bytes.set(bytesOf(ranked));
    this.#bytes[4 * levels.length] = (gapBits << 4) | codeBits;
    const writer = new BitWriter(this.#bytes, partHeaderBytes(this.#spec));
    let at = 0;
    for (let start = 0; start < length; start += chunkSize) {
      const end = at + keptInChunk(Math.min(chunkSize, length - start), this.#spec);
      let next = 0;
      for (; at < end; at += 1) {
        const place = this.#places[at] ?? 0;
        const gap = place - next;
        next = place + 1;
        writer.writeZeros(gap >>> gapBits);
        writer.write((1 << gapBits) | (gap & ((1 << gapBits) - 1)), gapBits + 1);
        const rank = ranks[this.#codes[at] ?? 0] ?? 0;
        const high = rank >> codeBits;
        writer.write(high === highest ? 0 : 1, high === highest ? high : high + 1);
        writer.write(rank & ((1 << codeBits) - 1), codeBits);
      }
    }
    return this.#bytes.slice(0, writer.finish());
  }

  /** Low bits of a gap that make the part shortest; of equal ones the fewest. */
  #bestGapBits(length: number, kept: number): number {
    const { chunkSize } = this.#spec;
    const costs = new Float64Array(MAX_GAP_BITS + 1);
    let at = 0;
    for (let start = 0; start < length; start += chunkSize) {
      const end = at + keptInChunk(Math.min(chunkSize, length - start), this.#spec);
      let next = 0;
      for (; at < end; at += 1) {
        const place = this.#places[at] ?? 0;
        const gap = place - next;
        next = place + 1;
        for (let low = 0; gap >> low > 0; low += 1) costs[low] = (costs[low] ?? 0) + (gap >> low);
      }
    }
    return shortest(costs.map((highs, low) => highs + kept * (low + 1)));
  }
}

/** In one pass over memory; the sum is rounded to float32 once. */
function addDecayed(error: Float32Array, difference: Float32Array, decay: number): void {
  for (let i = 0; i < error.length; i += 1) error[i] = decay * (error[i] ?? 0) + (difference[i] ?? 0);
}

/** The place of each code when the most frequent comes first; of equally frequent ones the lower code. */
function ranksOf(counts: Uint32Array): Uint8Array {
  const order = Array.from(counts.keys()).sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0) || a - b);
  const ranks = new Uint8Array(counts.length);
  for (const [rank, code] of order.entries()) ranks[code] = rank;
  return ranks;
}

/** Low bits of a rank that make the part shortest; the high part is unary and ends without a one at its highest value. */
function bestCodeBits(counts: Uint32Array, ranks: Uint8Array, bits: number): number {
  const costs = Array.from({ length: bits }, (_, low) => {
    const highest = (counts.length >> low) - 1;
    return counts.reduce((sum, count, code) => {
      return sum + count * (Math.min(((ranks[code] ?? 0) >> low) + 1, highest) + low);
    }, 0);
  });
  return shortest(costs);
}

const shortest = (costs: ArrayLike<number>): number =>
  Array.from(costs).reduce((best, cost, index, all) => (cost < (all[best] ?? Infinity) ? index : best), 0);
