import { ProtocolError } from '#protocol/errors.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import { BLOCK_VALUES, type BlockEntries, BlockStep, type StatePart, weightOf } from '#protocol/outer-step-part.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { keptCount } from '#protocol/update/chunks.ts';
import { PartReader } from '#protocol/update/part-reader.ts';
import { type SparseTensor, sparseTensor } from '#protocol/update/sparse-tensor.ts';

/** One peer's bytes for a part, and what they count; see WeightedPart. */
export interface SentPart {
  readonly bytes: Uint8Array;
  readonly weight: number;
  readonly factor: number;
  /** Whose they are, for messages. */
  readonly from: string;
}

type UpdateSpec = RunSpec['update'];

/** Entries of a block, one for each peer, taken again for every part. */
const scratch: SparseTensor[] = [];

/**
 * Reads what all peers sent for a part and makes its step, in place, some chunks at a time: what was read is used while the
 * processor's cache has it, and nobody holds a decoded part.
 * @throws ProtocolError that names the peer whose bytes are not those of a part; the part is then spoiled
 */
export function stepPart(spec: UpdateSpec, rule: OuterRule, state: StatePart, sent: readonly SentPart[]): void {
  if (sent.length === 0) return; // nothing was learned: the momentum stays as it is
  const { length } = state.parameter;
  const blockValues = spec.chunkSize * Math.max(1, Math.floor(BLOCK_VALUES / spec.chunkSize));
  const most = keptCount(blockValues, spec);
  const step = new BlockStep(rule, weightOf(sent), blockValues);
  let reading = '';
  try {
    const peers = sent.map(({ bytes, weight, factor, from }, peer) => {
      reading = from;
      const block: BlockEntries = { part: scratchOf(peer, most), weight, factor, from: 0, end: 0 };
      return { reader: new PartReader(bytes, length, spec), block, from };
    });
    const blocks = peers.map(({ block }) => block);
    for (let start = 0; start < length; start += blockValues) {
      const count = Math.min(blockValues, length - start);
      for (const { reader, block, from } of peers) {
        reading = from;
        block.end = reader.read(start + count, block.part, 0, 0);
      }
      step.step(state, start, count, blocks);
    }
    for (const { reader, from } of peers) {
      reading = from;
      reader.finish();
    }
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ProtocolError(`Update of ${reading}: ${cause.message}`, { cause });
  }
}

/** Reads a part to its end, for nothing but to know that it can be read. @throws ProtocolError */
export function verifyPart(spec: UpdateSpec, bytes: Uint8Array, length: number): void {
  const reader = new PartReader(bytes, length, spec);
  const into = scratchOf(0, keptCount(spec.chunkSize, spec));
  for (let end = 0; end < length;) {
    end = Math.min(length, end + spec.chunkSize);
    reader.read(end, into, 0, 0);
  }
  reader.finish();
}

function scratchOf(peer: number, most: number): SparseTensor {
  const before = scratch[peer];
  const enough = before !== undefined && before.values.length >= most ? before : sparseTensor(most);
  scratch[peer] = enough;
  return enough;
}
