import type { GlobalState } from '#protocol/global-state.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import { clipFactors, requireMomentum } from '#protocol/outer-step.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { longestPartLength, type Part, partsOf } from '#protocol/update/parts.ts';
import type { OpenedUpdate } from '#protocol/update/update-blob.ts';
import { mapAtMost } from './map-at-most.ts';
import { createSlots } from './shared-memory.ts';
import type { UpdateThreads } from './thread-pool.ts';

export interface WeightedUpdate {
  /** Its parts need not have been checked. */
  readonly update: OpenedUpdate;
  /** Whose it is, for messages. */
  readonly from: string;
  /** A positive integer, relative. */
  readonly weight: number;
}

interface IndexedPart extends Part {
  /** Among all parts of the model. */
  readonly index: number;
}

/** Parts whose step one task makes: all of a tensor, or one. */
interface Unit {
  readonly tensor: number;
  readonly parts: readonly IndexedPart[];
  readonly isWhole: boolean;
}

/** The bytes of all updates of one task are copied into shared memory: no more than these, unless one part has more. */
const MOST_UNIT_BYTES = 4 * 1024 * 1024;

/** See UpdateCodec.step. */
export async function stepState(
  threads: UpdateThreads,
  spec: RunSpec['update'],
  rule: OuterRule,
  state: GlobalState,
  updates: readonly WeightedUpdate[],
): Promise<GlobalState> {
  requireMomentum(rule, state);
  const sizes = state.parameters.map(({ length }) => length);
  const parts = partsOf(sizes, spec).map((part, index): IndexedPart => ({ ...part, index }));
  const factors = factorsOf(parts, sizes.length, updates);
  const next = { parameters: [...state.parameters], momentum: [...state.momentum] };
  const [floats, bytes] = [createSlots(), createSlots()];

  async function step({ tensor, parts: given, isWhole }: Unit, arrays: readonly Float32Array[]) {
    const [parameter, momentum = null] = arrays;
    if (parameter === undefined) throw new RangeError(`There is no tensor ${tensor}`);
    const sent = given.map(({ index }) => updates.map(({ update }) => bytesOf(update.parts, index)));
    return bytes.lend(sizeOf(sent.flat()), async (slot) => {
      const reply = await threads.run('step', {
        ...{ spec, rule, parameter, momentum },
        parts: given.map(({ index, start, length }) => ({ index, start: isWhole ? start : 0, length })),
        bytes: pack(sent.flat(), new Uint8Array(slot)),
        sizes: sent.map((ofPart) => ofPart.map(({ length }) => length)),
        peers: updates.map(({ weight, from }, peer) => ({ weight, from, factor: factors[tensor]?.[peer] ?? 0 })),
      });
      return reply.momentum === null ? [reply.parameter] : [reply.parameter, reply.momentum];
    });
  }

  await mapAtMost(threads.width + 1, unitsOf(parts, updates), async (unit) => {
    const { tensor, isWhole } = unit;
    const [part] = unit.parts;
    const before = [state.parameters, state.momentum].flatMap((tensors) => tensors[tensor] ?? []);
    const after = [next.parameters, next.momentum];
    if (isWhole) {
      // A copy that moves to the thread and back.
      for (const [i, array] of (await step(unit, before.map(copyOf))).entries()) after[i]?.splice(tensor, 1, array);
    } else if (part !== undefined) {
      // A part's copy in memory that both see. onnxruntime reads the parameters, so that they cannot lie there (shared-memory.ts).
      const { start, length } = part;
      for (const [i, values] of before.entries()) {
        const array = after[i]?.[tensor];
        if (array === values) after[i]?.splice(tensor, 1, new Float32Array(values.length));
      }
      const longest = longestPartLength(spec);
      await floats.lend(4 * longest * before.length, async (slot) => {
        const lent = before.map((values, i) => {
          const copy = new Float32Array(slot, 4 * longest * i, length);
          copy.set(values.subarray(start, start + length));
          return copy;
        });
        for (const [i, array] of (await step(unit, lent)).entries()) after[i]?.[tensor]?.set(array, start);
      });
    }
  });
  return next;
}

/** Tensors as a whole where that keeps tasks small, parts of the others. */
function unitsOf(parts: readonly IndexedPart[], updates: readonly WeightedUpdate[]): readonly Unit[] {
  const units: Unit[] = [];
  for (let first = 0, end = 0; first < parts.length; first = end) {
    const tensor = parts[first]?.tensor ?? 0;
    let bytes = 0;
    for (; parts[end]?.tensor === tensor; end += 1) {
      for (const { update } of updates) bytes += bytesOf(update.parts, end).length;
    }
    const ofTensor = parts.slice(first, end);
    if (ofTensor.length === 1 || bytes <= MOST_UNIT_BYTES) units.push({ tensor, parts: ofTensor, isWhole: true });
    else units.push(...ofTensor.map((part) => ({ tensor, parts: [part], isWhole: false })));
  }
  return units;
}

/** In memory that was not cleared first. */
function copyOf(values: Float32Array): Float32Array {
  const copy = new Float32Array(Buffer.allocUnsafeSlow(values.byteLength).buffer);
  copy.set(values);
  return copy;
}

function pack(pieces: readonly Uint8Array[], into: Uint8Array): Uint8Array {
  let end = 0;
  for (const piece of pieces) {
    into.set(piece, end);
    end += piece.length;
  }
  return into.subarray(0, end);
}

const sizeOf = (pieces: readonly Uint8Array[]): number => pieces.reduce((sum, { length }) => sum + length, 0);

export function bytesOf(parts: readonly Uint8Array[], index: number): Uint8Array {
  const bytes = parts[index];
  if (bytes === undefined) throw new RangeError(`The update has no part ${index}`);
  return bytes;
}

/** For each tensor the factors of all updates, by the norms that they claim. */
function factorsOf(
  parts: readonly Part[],
  tensors: number,
  updates: readonly WeightedUpdate[],
): readonly (readonly number[])[] {
  const norms = updates.map(({ update }) => {
    const squares = new Float64Array(tensors);
    for (const [index, { tensor }] of parts.entries()) {
      squares[tensor] = (squares[tensor] ?? 0) + (update.squares[index] ?? 0);
    }
    return squares.map(Math.sqrt);
  });
  return Array.from({ length: tensors }, (_, tensor) =>
    clipFactors(updates.map(({ weight }, peer) => ({ weight, norm: norms[peer]?.[tensor] ?? 0 }))),
  );
}
