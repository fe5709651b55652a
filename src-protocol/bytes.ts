import { ProtocolError } from './errors.ts';

const HEX = /^(?:[0-9a-f]{2})*$/;

export const toHex = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
};

/** Lower-case hex without prefix; throws ProtocolError on anything else. */
export function fromHex(text: string): Uint8Array {
  if (!HEX.test(text)) throw new ProtocolError('Not lower-case hex');
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(text.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Unsigned 32-bit little-endian. */
export function uint32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** Reads what `uint32Bytes` made, from the start of `bytes`. */
export const uint32At = (bytes: Uint8Array): number =>
  new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);

/** The raw bytes of a typed array, without a copy. All machines that Millrace runs on are little-endian. */
export const bytesOf = (view: ArrayBufferView): Uint8Array =>
  new Uint8Array(view.buffer, view.byteOffset, view.byteLength);

/**
 * A copy of `count` float32 values that begin at byte `offset`, which need not be aligned. Takes Node's Buffers too: their
 * `slice` shares memory, so that `slice().buffer` would be the whole pool.
 */
export function float32At(bytes: Uint8Array, offset: number, count: number): Float32Array {
  return new Float32Array(new Uint8Array(bytes.subarray(offset, offset + 4 * count)).buffer);
}
