import { utf8 } from '../bytes.ts';

/** Readers may map the file into memory: data starts at a multiple of 8 bytes. */
const ALIGNMENT = 8;
const LENGTH_BYTES = 8;

export interface TensorPlace {
  readonly name: string;
  readonly shape: readonly number[];
  readonly sizeBytes: number;
}

/**
 * The start of a safetensors file whose data are these tensors, one after the other: the length of the JSON (u64), then the
 * JSON, filled up with spaces. The metadata are those by which transformers knows a file of PyTorch's names and layouts.
 */
export function safetensorsHeader(type: 'F32' | 'BF16', tensors: readonly TensorPlace[]): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const { name, shape, sizeBytes } of tensors) {
    header[name] = { dtype: type, shape, data_offsets: [at, at + sizeBytes] };
    at += sizeBytes;
  }
  const json = utf8(JSON.stringify(header));
  const padded = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(LENGTH_BYTES + padded).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}
