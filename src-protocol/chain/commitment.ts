import { concatBytes, fromHex, toHex, uint32At, uint32Bytes } from '../bytes.ts';
import type { BlobHash, StateRoot } from '../ids.ts';
import { MAX_COMMITMENT_FIELD_BYTES, type MillraceCommitment } from './chain-client.ts';

/**
 * A field holds records, one after the other: a first byte that says what it is, then a body whose length follows from it. So
 * fields and records may come in any order; a kind that is not known ends the reading of its field. The address takes the rest
 * of its field. The chain has three fields for each hotkey, a validator that owns its subnet has four things to say.
 */
const TAG_ADDRESS = 1;
const TAG_MANIFEST = 2;
const TAG_RUN_SPEC = 3;
const TAG_CHECKPOINT = 4;

const HASH_BYTES = 32;
const MANIFEST_BYTES = 4 + HASH_BYTES;
const CHECKPOINT_BYTES = 4 + 2 * HASH_BYTES;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

export const NO_COMMITMENT: MillraceCommitment = { address: null, manifest: null, checkpoint: null, runSpec: null };

/** @throws RangeError when the address is too long for a field (127 ASCII characters) */
export function encodeCommitment(commitment: MillraceCommitment): readonly Uint8Array[] {
  const { address, manifest, checkpoint, runSpec } = commitment;
  const fields: Uint8Array[] = [];
  if (address !== null) fields.push(record(TAG_ADDRESS, new TextEncoder().encode(address)));
  const state: Uint8Array[] = [];
  if (manifest !== null) state.push(record(TAG_MANIFEST, uint32Bytes(manifest.round), fromHex(manifest.hash)));
  if (checkpoint !== null) {
    const hashes = [fromHex(checkpoint.stateRoot), fromHex(checkpoint.index)];
    state.push(record(TAG_CHECKPOINT, uint32Bytes(checkpoint.step), ...hashes));
  }
  if (state.length > 0) fields.push(concatBytes(...state));
  if (runSpec !== null) fields.push(record(TAG_RUN_SPEC, fromHex(runSpec)));
  return fields;
}

/** Anyone may commit anything: what is not ours or malformed reads as absent. */
export function decodeCommitment(fields: readonly Uint8Array[]): MillraceCommitment {
  return fields.reduce<MillraceCommitment>((found, field) => ({ ...found, ...recordsOf(field) }), NO_COMMITMENT);
}

function recordsOf(field: Uint8Array): Partial<MillraceCommitment> {
  let found: Partial<MillraceCommitment> = {};
  for (let at = 0; at < field.length;) {
    const rest = field.subarray(at + 1);
    const read = recordOf(field[at] ?? 0, rest);
    if (read === null) break;
    found = { ...found, ...read.found };
    at += 1 + read.sizeBytes;
  }
  return found;
}

/** What a record says, and how long its body is; `null` when that cannot be known. */
function recordOf(
  tag: number,
  rest: Uint8Array,
): { readonly found: Partial<MillraceCommitment>; readonly sizeBytes: number } | null {
  const hashAt = (at: number): string => toHex(rest.subarray(at, at + HASH_BYTES));
  switch (tag) {
    case TAG_ADDRESS: {
      const address = new TextDecoder().decode(rest);
      return { found: PRINTABLE_ASCII.test(address) ? { address } : {}, sizeBytes: rest.length };
    }
    case TAG_MANIFEST: {
      if (rest.length < MANIFEST_BYTES) return null;
      const manifest = { round: uint32At(rest), hash: hashAt(4) as BlobHash };
      return { found: { manifest }, sizeBytes: MANIFEST_BYTES };
    }
    case TAG_CHECKPOINT: {
      if (rest.length < CHECKPOINT_BYTES) return null;
      const [stateRoot, index] = [hashAt(4) as StateRoot, hashAt(4 + HASH_BYTES) as BlobHash];
      return { found: { checkpoint: { step: uint32At(rest), stateRoot, index } }, sizeBytes: CHECKPOINT_BYTES };
    }
    case TAG_RUN_SPEC:
      if (rest.length < HASH_BYTES) return null;
      return { found: { runSpec: hashAt(0) as BlobHash }, sizeBytes: HASH_BYTES };
    default:
      return null;
  }
}

function record(tag: number, ...body: readonly Uint8Array[]): Uint8Array {
  const bytes = concatBytes(Uint8Array.of(tag), ...body);
  if (bytes.length > MAX_COMMITMENT_FIELD_BYTES) {
    throw new RangeError(`A commitment field holds ${MAX_COMMITMENT_FIELD_BYTES - 1} bytes, not ${bytes.length - 1}`);
  }
  return bytes;
}
