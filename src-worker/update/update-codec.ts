import type { GlobalState } from '#protocol/global-state.ts';
import type { OuterRule } from '#protocol/outer-rule.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { type Part, partsOf, tensorSizes } from '#protocol/update/parts.ts';
import { type OpenedUpdate, openUpdateBlob } from '#protocol/update/update-blob.ts';
import type { UpdateTarget } from '#protocol/update/update-header.ts';
import { mapAtMost } from './map-at-most.ts';
import { sharedBytes } from './shared-memory.ts';
import { bytesOf, stepState, type WeightedUpdate } from './step-state.ts';
import type { UpdateThreads } from './thread-pool.ts';

/** Everything that is heavy about updates, on other threads and in pieces that stay small whatever the size of the model. */
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
    mapAtMost(2 * threads.width, items, work);

  return {
    encode: async (spec, differences, errors) => {
      const parts = partsOf(lengthsOf(errors), spec);
      await inOrder(parts, (part) => {
        return threads.run('check', { spec, difference: valuesOf(differences, part), tensor: part.tensor });
      });
      // The largest first, so that all threads end at about the same time.
      const largestFirst = [...parts.entries()].toSorted(([, a], [, b]) => b.length - a.length);
      const encoded = new Array<Uint8Array>(parts.length);
      await inOrder(largestFirst, async ([index, part]) => {
        const task = { spec, difference: valuesOf(differences, part), error: valuesOf(errors, part) };
        encoded[index] = await threads.run('encode', task);
      });
      return encoded;
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
    step: (spec, rule, state, updates) => stepState(threads, spec.update, rule, state, updates),
    dispose: () => threads.dispose(),
  };
}

const lengthsOf = (tensors: readonly Float32Array[]): readonly number[] => tensors.map(({ length }) => length);

/** The part's values within its tensor. */
function valuesOf(tensors: readonly Float32Array[], { tensor, start, length }: Part): Float32Array {
  const values = tensors[tensor]?.subarray(start, start + length);
  if (values?.length !== length) throw new RangeError(`Tensor ${tensor} has not the values that it should have`);
  return values;
}
