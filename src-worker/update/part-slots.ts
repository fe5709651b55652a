import type { StatePart } from '#protocol/outer-step-part.ts';
import { sharedFloats } from './shared-memory.ts';
import type { SentPart } from './step-part.ts';

interface Slot {
  readonly parameter: Float32Array;
  readonly momentum: Float32Array;
  bytes: Uint8Array;
}

/** What a thread gets for one part: copies in shared memory. */
interface LentPart extends StatePart {
  readonly sent: readonly SentPart[];
}

/** Shared memory for parts of what cannot lie in shared memory itself. */
export interface PartSlots {
  /**
   * Copies a part into a slot that nobody uses and lends it for as long as `work` takes.
   * @param longest values of the longest part that will come
   */
  lend<T>(
    longest: number,
    state: StatePart,
    sent: readonly SentPart[],
    work: (lent: LentPart) => Promise<T>,
  ): Promise<T>;
}

/**
 * As many slots as are lent at once, taken again and again: the collector would free them late. The system gives their memory only
 * as it is written to.
 */
export function createPartSlots(): PartSlots {
  const free: Slot[] = [];
  return {
    lend: async (longest, state, sent, work) => {
      const before = free.pop();
      const slot = before !== undefined && before.parameter.length >= longest ? before : newSlot(longest);
      try {
        return await work({
          parameter: copyOf(state.parameter, slot.parameter),
          momentum: state.momentum === null ? null : copyOf(state.momentum, slot.momentum),
          sent: copyBytes(sent, slot),
        });
      } finally {
        free.push(slot);
      }
    },
  };
}

const newSlot = (longest: number): Slot => ({
  parameter: sharedFloats(longest),
  momentum: sharedFloats(longest),
  bytes: new Uint8Array(0),
});

function copyOf(values: Float32Array, into: Float32Array): Float32Array {
  const copy = into.subarray(0, values.length);
  copy.set(values);
  return copy;
}

function copyBytes(sent: readonly SentPart[], slot: Slot): readonly SentPart[] {
  const total = sent.reduce((sum, { bytes }) => sum + bytes.length, 0);
  if (slot.bytes.length < total) slot.bytes = new Uint8Array(new SharedArrayBuffer(2 * total));
  let end = 0;
  return sent.map(({ bytes, ...rest }) => {
    const copy = slot.bytes.subarray(end, end + bytes.length);
    copy.set(bytes);
    end += bytes.length;
    return { ...rest, bytes: copy };
  });
}
