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
