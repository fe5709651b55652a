import { ProtocolError } from '#protocol/errors.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import { BLOCK_VALUES, type StatePart, weightOf } from '#protocol/outer-step-part.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { checkOnes, checkSquares, openPart, type PartHeader } from '#protocol/update/part-header.ts';
import type { SentPart } from '../step-part.ts';
import { growTo, instantiate } from './instantiate.ts';
import { MERGE_WASM } from './merge-wasm.ts';

/** What merge.as exports; where what lies in the memory and in a record stands there too. */
interface MergeExports {
  readonly memory: WebAssembly.Memory;
  readonly countOnes: (from: number, end: number) => number;
  readonly add: (record: number, count: number, chunkSize: number, topK: number, bits: number, known: number) => number;
  readonly moveSent: (count: number, divisor: number, learningRate: number) => void;
  readonly moveAll: (count: number, divisor: number, learningRate: number, decay: number) => void;
  readonly clear: () => void;
}

const PARAMETER = 0x20000;
const MOMENTUM = 0x28000;
const RECORDS = 0x35000;
const RECORD_BYTES = 432;
const SQUARES = 32;
const LEVELS = 48;
const ADDED = 176;
/** Words are read beyond the last byte. */
const SLACK_BYTES = 8;

export type StepPart = (spec: RunSpec['update'], rule: OuterRule, state: StatePart, sent: readonly SentPart[]) => void;

/** What `stepPart` does, in WebAssembly; `null` where the engine has no SIMD. */
export function createSimdStepper(): StepPart | null {
  const wasm = instantiate(MERGE_WASM) as MergeExports | null;
  if (wasm === null) return null;
  return (spec, rule, state, sent) => {
    if (sent.length === 0) return; // nothing was learned: the momentum stays as it is
    let reading = '';
    try {
      const peers = load(wasm, spec, state.parameter.length, sent, (from) => (reading = from));
      stepBlocks(wasm, spec, rule, state, weightOf(sent), peers, (from) => (reading = from));
      const view = new DataView(wasm.memory.buffer);
      for (const { record, header, from } of peers) {
        reading = from;
        checkSquares(view.getFloat64(record + SQUARES, true), header);
      }
    } catch (cause) {
      wasm.clear();
      if (!(cause instanceof ProtocolError)) throw cause;
      throw new ProtocolError(`Update of ${reading}: ${cause.message}`, { cause });
    }
  };
}

interface Peer {
  /** Where its record lies. */
  readonly record: number;
  readonly header: PartHeader;
  readonly from: string;
}

/** Puts bytes and records of all peers into the memory. */
function load(
  { memory, countOnes }: MergeExports,
  spec: RunSpec['update'],
  length: number,
  sent: readonly SentPart[],
  reads: (from: string) => void,
): readonly Peer[] {
  const bytesAt = RECORDS + RECORD_BYTES * sent.length;
  const total = sent.reduce((sum, { bytes }) => sum + bytes.length, bytesAt + SLACK_BYTES);
  growTo(memory, total);
  const all = new Uint8Array(memory.buffer);
  const view = new DataView(memory.buffer);
  let next = bytesAt;
  return sent.map(({ bytes, weight, factor, from }, peer) => {
    reads(from);
    const header = openPart(bytes, length, spec);
    const record = RECORDS + RECORD_BYTES * peer;
    const at = next;
    all.set(bytes, at);
    next += bytes.length;
    checkOnes(countOnes(at + header.highsAt, next), header);
    const words = [at + header.highsAt, header.gapBits, at + header.fieldsAt, 0, 0, 0, -32, -1];
    for (const [i, word] of words.entries()) view.setInt32(record + 4 * i, word, true);
    view.setFloat64(record + SQUARES, 0, true);
    for (const [i, level] of header.levels.entries()) {
      view.setFloat64(record + LEVELS + 8 * i, level, true);
      view.setFloat64(record + ADDED + 16 * i, factor * level, true);
      view.setFloat64(record + ADDED + 16 * i + 8, weight, true);
    }
    return { record, header, from };
  });
}

function stepBlocks(
  wasm: MergeExports,
  { chunkSize, topK, bits }: RunSpec['update'],
  { mean, learningRate, momentum: decay }: OuterRule,
  { parameter, momentum }: StatePart,
  totalWeight: number,
  peers: readonly Peer[],
  reads: (from: string) => void,
): void {
  const blockValues = chunkSize * Math.floor(BLOCK_VALUES / chunkSize);
  const divisor = mean === 'all' ? totalWeight : 0;
  const parameters = new Float32Array(wasm.memory.buffer, PARAMETER, BLOCK_VALUES);
  const momenta = new Float32Array(wasm.memory.buffer, MOMENTUM, BLOCK_VALUES);
  for (let start = 0; start < parameter.length; start += blockValues) {
    const block = parameter.subarray(start, start + blockValues);
    const count = block.length;
    let known = 0;
    for (const { record, from } of peers) {
      known = wasm.add(record, count, chunkSize, topK, bits, known);
      if (known >= 0) continue;
      reads(from);
      throw new ProtocolError(`index past the end of a chunk from ${start} on`);
    }
    parameters.set(block);
    if (momentum === null) {
      wasm.moveSent(known, divisor, learningRate);
    } else {
      const momentumBlock = momentum.subarray(start, start + count);
      momenta.set(momentumBlock);
      wasm.moveAll(count, divisor, learningRate, decay);
      momentumBlock.set(momenta.subarray(0, count));
    }
    block.set(parameters.subarray(0, count));
  }
}
