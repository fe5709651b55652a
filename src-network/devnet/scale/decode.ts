import type { ScaleType } from './scale-type.ts';

/**
 * Reads a value from the start of `bytes`. (The codec looks at the whole buffer behind a view, so a view is copied first.)
 * What is cut off may be read as shorter: whoever reads a stranger's bytes encodes the value again and compares.
 */
export const decode = <T>({ codec }: ScaleType<T>, bytes: Uint8Array): T =>
  codec.dec(bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice());
