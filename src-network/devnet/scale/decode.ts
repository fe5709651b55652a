import type { ScaleType } from './scale-type.ts';

/** Reads a value from the start of `bytes`. (The codec looks at the whole buffer behind a view, so a view is copied first.) */
export const decode = <T>({ codec }: ScaleType<T>, bytes: Uint8Array): T =>
  codec.dec(bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice());
