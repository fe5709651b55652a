import { fromHex, toHex } from '../bytes.ts';
import type { BlobHash } from '../ids.ts';
import { MAX_COMMITMENT_FIELD_BYTES, type MillraceCommitment } from './chain-client.ts';

/** First byte of a field says what it is, so that fields may come in any order and unknown ones are skipped. */
const TAG_ADDRESS = 1;
const TAG_MANIFEST = 2;
const TAG_RUN_SPEC = 3;

const HASH_BYTES = 32;
const PRINTABLE_ASCII = /^[\x20-\x7e]+$/;

export const NO_COMMITMENT: MillraceCommitment = { address: null, manifest: null, runSpec: null };

/** @throws RangeError when the address is too long for a field (127 ASCII characters) */
export function encodeCommitment(commitment: MillraceCommitment): readonly Uint8Array[] {
  const fields: Uint8Array[] = [];
  if (commitment.address !== null) fields.push(tagged(TAG_ADDRESS, new TextEncoder().encode(commitment.address)));
  if (commitment.manifest !== null) {
    const body = new Uint8Array(4 + HASH_BYTES);
    new DataView(body.buffer).setUint32(0, commitment.manifest.round, true);
    body.set(fromHex(commitment.manifest.hash), 4);
    fields.push(tagged(TAG_MANIFEST, body));
  }
  if (commitment.runSpec !== null) fields.push(tagged(TAG_RUN_SPEC, fromHex(commitment.runSpec)));
  return fields;
}

/** Anyone may commit anything: what is not ours or malformed reads as absent. */
export function decodeCommitment(fields: readonly Uint8Array[]): MillraceCommitment {
  let { address, manifest, runSpec } = NO_COMMITMENT;
  for (const field of fields) {
    const body = field.subarray(1);
    if (field[0] === TAG_ADDRESS) {
      const text = new TextDecoder().decode(body);
      if (PRINTABLE_ASCII.test(text)) address = text;
    } else if (field[0] === TAG_MANIFEST && body.length === 4 + HASH_BYTES) {
      const round = new DataView(body.buffer, body.byteOffset).getUint32(0, true);
      manifest = { round, hash: toHex(body.subarray(4)) as BlobHash };
    } else if (field[0] === TAG_RUN_SPEC && body.length === HASH_BYTES) {
      runSpec = toHex(body) as BlobHash;
    }
  }
  return { address, manifest, runSpec };
}

function tagged(tag: number, body: Uint8Array): Uint8Array {
  if (body.length + 1 > MAX_COMMITMENT_FIELD_BYTES) {
    throw new RangeError(`A commitment field holds ${MAX_COMMITMENT_FIELD_BYTES - 1} bytes, not ${body.length}`);
  }
  const field = new Uint8Array(body.length + 1);
  field[0] = tag;
  field.set(body, 1);
  return field;
}
