import type { GlobalState } from '#protocol/global-state.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import { clipFactors, requireMomentum } from '#protocol/outer-step.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { longestPartLength, type Part, partsOf, tensorSizes } from '#protocol/update/parts.ts';
import { type OpenedUpdate, openUpdateBlob } from '#protocol/update/update-blob.ts';
import type { UpdateTarget } from '#protocol/update/update-header.ts';
import { createPartSlots } from './part-slots.ts';
import { sharedBytes } from './shared-memory.ts';
import type { UpdateThreads } from './thread-pool.ts';

export interface WeightedUpdate {
  /** Its parts need not have been checked. */
  readonly update: OpenedUpdate;
  /** Whose it is, for messages. */
  readonly from: string;
  /** A positive integer, relative. */
  readonly weight: number;
}

/**
 * Everything that is heavy about updates, part by part on other threads: whatever the size of the model, a part for
 * each thread and one more are in memory beside input and output.
 */
export interface UpdateCodec {
  /** See compressUpdate. Differences and errors lie in shared memory. @throws MillraceError ENGINE; errors are then unchanged */
  encode(
    spec: RunSpec['update'],
    differences: readonly Float32Array[],
    errors: readonly Float32Array[],
  ): Promise<readonly Uint8Array[]>;
  /** Adds what was encoded to the errors again: nobody merged it. */
  giveBack(spec: RunSpec['update'], parts: readonly Uint8Array[], errors: readonly Float32Array[]): Promise<void>;
  /** @throws ProtocolError on whatever is not exactly an update of this run, round and state */
  check(spec: RunSpec, target: UpdateTarget, blob: Uint8Array): Promise<OpenedUpdate>;
  /** See outerStep. Returns new arrays. @throws ProtocolError that names whose update is not valid */
  step(spec: RunSpec, rule: OuterRule, state: GlobalState, updates: readonly WeightedUpdate[]): Promise<GlobalState>;
  dispose(): Promise<void>;
}

export function createUpdateCodec(threads: UpdateThreads): UpdateCodec {
  const inOrder = <T, R>(items: readonly T[], work: (item: T, index: number) => Promise<R>): Promise<readonly R[]> =>
    mapAtMost(threads.width + 1, items, work); // one waits, so that no thread does
  const slots = createPartSlots();

  return {
    encode: async (spec, differences, errors) => {
      const parts = partsOf(lengthsOf(errors), spec);
      await inOrder(parts, (part) => {
        return threads.run('check', { difference: valuesOf(differences, part), tensor: part.tensor });
      });
      return inOrder(parts, (part) => {
        return threads.run('encode', { spec, difference: valuesOf(differences, part), error: valuesOf(errors, part) });
      });
    },
    giveBack: async (spec, parts, errors) => {
      await inOrder(partsOf(lengthsOf(errors), spec), (part, index) => {
        return threads.run('giveBack', { spec, bytes: bytesOf(parts, index), error: valuesOf(errors, part) });
      });
    },
    check: async (spec, target, blob) => {
      const opened = openUpdateBlob(spec, target, sharedBytes(blob));
      await inOrder(partsOf(tensorSizes(spec), spec.update), ({ length }, index) => {
        return threads.run('verify', { spec: spec.update, index, length, bytes: bytesOf(opened.parts, index) });
      });
      return opened;
    },
    step: async (spec, rule, state, updates) => {
      requireMomentum(rule, state);
      const parts = partsOf(lengthsOf(state.parameters), spec.update);
      const factors = factorsOf(parts, state.parameters.length, updates);
      const empty = ({ length }: Float32Array): Float32Array => new Float32Array(length);
      const next = { parameters: state.parameters.map(empty), momentum: state.momentum.map(empty) };
      await inOrder(parts, async (part, index) => {
        const sent = updates.map(({ update, weight, from }, peer) => {
          return { bytes: bytesOf(update.parts, index), weight, from, factor: factors[part.tensor]?.[peer] ?? 0 };
        });
        const momentum = state.momentum.length > 0 ? valuesOf(state.momentum, part) : null;
        const given = { parameter: valuesOf(state.parameters, part), momentum };
        await slots.lend(longestPartLength(spec.update), given, sent, async (lent) => {
          await threads.run('step', { spec: spec.update, rule, index, ...lent });
          next.parameters[part.tensor]?.set(lent.parameter, part.start);
          if (lent.momentum !== null) next.momentum[part.tensor]?.set(lent.momentum, part.start);
        });
      });
      return next;
    },
    dispose: () => threads.dispose(),
  };
}

const lengthsOf = (tensors: readonly Float32Array[]): readonly number[] => tensors.map(({ length }) => length);

function bytesOf(parts: readonly Uint8Array[], index: number): Uint8Array {
  const bytes = parts[index];
  if (bytes === undefined) throw new RangeError(`The update has no part ${index}`);
  return bytes;
}

/** The part's values within its tensor. */
function valuesOf(tensors: readonly Float32Array[], { tensor, start, length }: Part): Float32Array {
  const values = tensors[tensor]?.subarray(start, start + length);
  if (values?.length !== length) throw new RangeError(`Tensor ${tensor} has not the values that it should have`);
  return values;
}

/** For each tensor the factors of all updates. */
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

/** As many at once as given; the results in order. The first failure stops what has not begun, once what has is over. */
async function mapAtMost<T, R>(
  width: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      const index = next;
      next += 1;
      const item = items[index] as T;
      try {
        results[index] = await work(item, index);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(width, items.length) }, lane));
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason;
  return results;
}
