import type { RunSpec } from '../run-spec.ts';
import { keptCount, keptInChunk } from './chunks.ts';
import { createPlainTools, type PartTools } from './part-tools.ts';
import { Quantiser } from './quantiser.ts';

/**
 * Compresses parts one after the other with error feedback (SparseLoCo): e ← decay·e + Δ; send c = Q(TopK(e)); e ← e − c.
 * The bytes are described in docs/FORMATS.md. What it needs beside input and output is made once: at the default setting 0.6 MB.
 */
export class PartEncoder {
  readonly #spec: RunSpec['update'];
  readonly #tools: PartTools;
  readonly #quantiser: Quantiser;
  readonly #codes: Uint8Array;

  /**
   * @param longest number of values of the longest part that will be encoded
   * @param tools made for the same
   */
  constructor(spec: RunSpec['update'], longest: number, tools = createPlainTools(spec, longest)) {
    this.#spec = spec;
    this.#tools = tools;
    this.#quantiser = new Quantiser(spec, tools.sorter);
    this.#codes = new Uint8Array(keptCount(longest, spec));
  }

  /**
   * @param difference Δ of the part
   * @param error e of the part, which is changed in place and then holds what was not sent
   */
  encode(difference: Float32Array, error: Float32Array): Uint8Array {
    const { selector, writer } = this.#tools;
    const kept = this.#select(difference, error);
    const levels = this.#quantiser.quantise(selector.kept.values, kept, this.#codes);
    this.#subtract(error, levels);
    return writer.write(selector.kept.gaps, this.#codes, kept, levels);
  }

  /** Adds Δ to what is left of e, and finds what is kept. @returns the number of values */
  #select(difference: Float32Array, error: Float32Array): number {
    const { chunkSize } = this.#spec;
    const select = this.#tools.selector.of(difference, error);
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
    const { places } = this.#tools.selector.kept;
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
}
