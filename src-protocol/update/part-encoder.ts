import { bytesOf } from '../bytes.ts';
import type { RunSpec } from '../run-spec.ts';
import { type ChunkSelector, createPlainSelector } from './chunk-selector.ts';
import { keptCount, keptInChunk } from './chunks.ts';
import { fieldBytes, LEVELS_AT, MAX_GAP_BITS, maxPartBytes, partHeaderBytes } from './part-size.ts';
import { Quantiser } from './quantiser.ts';

/**
 * Compresses parts one after the other with error feedback (SparseLoCo): e ← decay·e + Δ; send c = Q(TopK(e)); e ← e − c.
 * The bytes are described in docs/FORMATS.md. What it needs beside input and output is made once: at the default setting 0.2 MB.
 */
export class PartEncoder {
  readonly #spec: RunSpec['update'];
  readonly #selector: ChunkSelector;
  readonly #quantiser: Quantiser;
  readonly #gapCounts: Uint32Array;
  readonly #codes: Uint8Array;
  readonly #bytes: Uint8Array;

  /**
   * @param longest number of values of the longest part that will be encoded
   * @param selector made for the same
   */
  constructor(spec: RunSpec['update'], longest: number, selector = createPlainSelector(spec, longest)) {
    const kept = keptCount(longest, spec);
    this.#spec = spec;
    this.#selector = selector;
    this.#quantiser = new Quantiser(spec, kept);
    this.#gapCounts = new Uint32Array(spec.chunkSize);
    this.#codes = new Uint8Array(kept);
    this.#bytes = new Uint8Array(maxPartBytes(longest, spec));
  }

  /**
   * @param difference Δ of the part
   * @param error e of the part, which is changed in place and then holds what was not sent
   */
  encode(difference: Float32Array, error: Float32Array): Uint8Array {
    const kept = this.#select(difference, error);
    const levels = this.#quantiser.quantise(this.#selector.kept.values, kept, this.#codes);
    this.#subtract(error, levels);
    return this.#write(kept, levels);
  }

  /** Adds Δ to what is left of e, and finds what is kept. @returns the number of values */
  #select(difference: Float32Array, error: Float32Array): number {
    const { chunkSize } = this.#spec;
    const select = this.#selector.of(difference, error);
    let kept = 0;
    for (let start = 0; start < error.length; start += chunkSize) {
      const length = Math.min(chunkSize, error.length - start);
      const keep = keptInChunk(length, this.#spec);
      select({ start, length, keep }, kept);
      kept += keep;
    }
    return kept;
  }

  #subtract(error: Float32Array, levels: Float32Array): void {
    const { places } = this.#selector.kept;
    const codes = this.#codes;
    const { chunkSize } = this.#spec;
    let at = 0;
    for (let start = 0; start < error.length; start += chunkSize) {
      const end = at + keptInChunk(Math.min(chunkSize, error.length - start), this.#spec);
      for (; at < end; at += 1) {
        const place = start + (places[at] ?? 0);
        error[place] = (error[place] ?? 0) - (levels[codes[at] ?? 0] ?? 0);
      }
    }
  }

  #write(kept: number, levels: Float32Array): Uint8Array {
    const { gaps } = this.#selector.kept;
    const [bytes, codes] = [this.#bytes, this.#codes];
    const { bits } = this.#spec;
    const gapBits = this.#bestGapBits(kept);
    const width = gapBits + bits;
    const gapMask = (1 << gapBits) - 1;
    let next = partHeaderBytes(this.#spec);
    const unary = next + fieldBytes(kept, gapBits, this.#spec);
    bytes.fill(0, unary);
    bytes.set(bytesOf(levels), LEVELS_AT);
    bytes[next - 1] = gapBits;
    let pending = 0;
    let held = 0;
    let one = -1; // where in the unary stream
    let squares = 0;
    for (let at = 0; at < kept; at += 1) {
      const [gap, code] = [gaps[at] ?? 0, codes[at] ?? 0];
      const level = levels[code] ?? 0;
      squares += level * level;
      one += 1 + (gap >> gapBits);
      const byte = unary + (one >> 3);
      bytes[byte] = (bytes[byte] ?? 0) | (128 >> (one & 7));
      pending = (pending << width) | ((gap & gapMask) << bits) | code;
      for (held += width; held >= 8; next += 1) {
        held -= 8;
        bytes[next] = pending >>> held;
      }
    }
    if (held > 0) bytes[next] = pending << (8 - held);
    new DataView(bytes.buffer, bytes.byteOffset, LEVELS_AT).setFloat64(0, squares, true);
    return bytes.slice(0, unary + ((one + 8) >> 3));
  }

  /** Low bits of a gap that make the part shortest; of equal ones the fewest. */
  #bestGapBits(kept: number): number {
    const { gaps } = this.#selector.kept;
    const counts = this.#gapCounts.fill(0);
    let longest = 0;
    for (let at = 0; at < kept; at += 1) {
      const gap = gaps[at] ?? 0;
      counts[gap] = (counts[gap] ?? 0) + 1;
      if (gap > longest) longest = gap;
    }
    const costs = Float64Array.from({ length: MAX_GAP_BITS + 1 }, (_, low) => kept * (low + 1));
    for (let gap = 1; gap <= longest; gap += 1) {
      const count = counts[gap] ?? 0;
      if (count === 0) continue;
      for (let low = 0; gap >> low > 0; low += 1) costs[low] = (costs[low] ?? 0) + count * (gap >> low);
    }
    return costs.reduce((best, cost, low) => (cost < (costs[best] ?? Infinity) ? low : best), 0);
  }
}
