import type { RunSpec } from '../run-spec.ts';
import { type ChunkSpec, keptCount, keptInChunk } from './chunks.ts';

export type PartSpec = ChunkSpec & Pick<RunSpec['update'], 'bits'>;

/** With so many low bits no gap within a chunk of 4096 has a high part. */
export const MAX_GAP_BITS = 12;

/** The sum of squares comes first (float64), then the levels. */
export const LEVELS_AT = 8;

/** Sum of squares, levels (float32) and the number of low bits of a gap. */
export const partHeaderBytes = ({ bits }: Pick<PartSpec, 'bits'>): number => LEVELS_AT + 4 * 2 ** bits + 1;

/** Low bits of the gap and rank of every kept value. */
export const fieldBytes = (kept: number, gapBits: number, { bits }: Pick<PartSpec, 'bits'>): number =>
  Math.ceil((kept * (gapBits + bits)) / 8);

/**
 * Most bytes that a part of so many values can take. The gaps of a chunk sum up to its length less the kept values, so that
 * `low` bits of each leave at most that ÷ 2^low for all high parts together; a writer takes the best `low` for its part, which
 * costs no more than the best in the worst case. Both streams end on a whole byte, which costs one byte more than if only one did.
 */
export function maxPartBytes(length: number, spec: PartSpec): number {
  const kept = keptCount(length, spec);
  const rest = length % spec.chunkSize;
  const whole = (length - rest) / spec.chunkSize;
  let gapBits = Infinity;
  for (let low = 0; low <= MAX_GAP_BITS; low += 1) {
    const highs = whole * mostHighs(spec.chunkSize, low, spec) + (rest === 0 ? 0 : mostHighs(rest, low, spec));
    gapBits = Math.min(gapBits, kept * (low + 1) + highs);
  }
  return partHeaderBytes(spec) + Math.ceil((gapBits + kept * spec.bits) / 8) + 1;
}

const mostHighs = (length: number, low: number, spec: PartSpec): number =>
  Math.floor((length - keptInChunk(length, spec)) / 2 ** low);
