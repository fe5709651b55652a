/**
 * Zeros in memory that all threads of the process see, so that a thread works on them in place. Not for what onnxruntime reads:
 * under Electron 33 (Node 20) its native side refuses shared memory.
 */
export const sharedFloats = (count: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * count));

/** A copy in memory that all threads see. */
export function sharedBytes(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
}

export const isShared = (array: ArrayBufferView): boolean => array.buffer instanceof SharedArrayBuffer;

/** Pieces of shared memory that are lent again and again: the collector would free them late. */
export interface Slots {
  /** Lends at least so many bytes, whatever they hold, for as long as `work` takes. */
  lend<T>(sizeBytes: number, work: (slot: SharedArrayBuffer) => Promise<T>): Promise<T>;
}

/** As many slots as are lent at once. The system gives their memory only as it is written to. */
export function createSlots(): Slots {
  const free: SharedArrayBuffer[] = [];
  return {
    lend: async (sizeBytes, work) => {
      const before = free.pop();
      const isEnough = before !== undefined && before.byteLength >= sizeBytes;
      const slot = isEnough ? before : new SharedArrayBuffer(Math.max(sizeBytes, 2 * (before?.byteLength ?? 0)));
      try {
        return await work(slot);
      } finally {
        free.push(slot);
      }
    },
  };
}
