import { keptCount } from '#protocol/update/chunks.ts';
import { fieldBytes, maxPartBytes, partHeaderBytes, type PartSpec } from '#protocol/update/part-size.ts';
import { bestGapBits, type PartWriter, writePartHeader } from '#protocol/update/part-writer.ts';
import { growTo, instantiate } from './instantiate.ts';
import { PACK_WASM } from './pack-wasm.ts';

/** What pack.as exports. */
interface PackExports {
  readonly memory: WebAssembly.Memory;
  readonly highBits: (gaps: number, kept: number, low: number) => number;
  readonly packFields: (
    gaps: number,
    codes: number,
    kept: number,
    gapBits: number,
    bits: number,
    levels: number,
    to: number,
  ) => number;
  readonly packHighs: (gaps: number, kept: number, gapBits: number, to: number) => void;
}

/** At most 16 levels come first. */
const LEVELS_AT = 0;
const GAPS_AT = 128;
/** Gaps that are looked at together. */
const VECTOR = 8;
/** Words are written beyond the last byte. */
const SLACK_BYTES = 8;

/** What the plain writer does, in WebAssembly; `null` where the engine has no SIMD. @param longest number of values of the longest part */
export function createSimdWriter(spec: PartSpec, longest: number): PartWriter | null {
  const wasm = instantiate(PACK_WASM) as PackExports | null;
  if (wasm === null) return null;
  const room = VECTOR * Math.ceil(keptCount(longest, spec) / VECTOR);
  const codesAt = GAPS_AT + 2 * room;
  const bytesAt = codesAt + room;
  growTo(wasm.memory, bytesAt + maxPartBytes(longest, spec) + SLACK_BYTES);
  const { buffer } = wasm.memory;
  const levelsIn = new Float64Array(buffer, LEVELS_AT, 2 ** spec.bits);
  const gapsIn = new Uint16Array(buffer, GAPS_AT, room);
  const codesIn = new Uint8Array(buffer, codesAt, room);
  const bytes = new Uint8Array(buffer, bytesAt);
  return {
    write: (gaps, codes, kept, levels) => {
      levelsIn.set(levels);
      codesIn.set(codes.subarray(0, kept));
      gapsIn.set(gaps.subarray(0, kept));
      gapsIn.fill(0, kept, VECTOR * Math.ceil(kept / VECTOR));
      const gapBits = bestGapBits(kept, (low) => wasm.highBits(GAPS_AT, kept, low));
      const fields = partHeaderBytes(spec);
      const highs = fields + fieldBytes(kept, gapBits, spec);
      const squares = wasm.packFields(GAPS_AT, codesAt, kept, gapBits, spec.bits, LEVELS_AT, bytesAt + fields);
      wasm.packHighs(GAPS_AT, kept, gapBits, bytesAt + highs);
      writePartHeader(bytes, squares, levels, gapBits);
      return bytes.slice(0, highs + Math.ceil(wasm.highBits(GAPS_AT, kept, gapBits) / 8));
    },
  };
}
