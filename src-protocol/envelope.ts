import { decode, encode } from 'cborg';
import * as v from 'valibot';
import { concatBytes, uint32Bytes, utf8 } from './bytes.ts';
import { ProtocolError } from './errors.ts';
import type { Hotkey } from './ids.ts';
import { addressOf, type KeyPair, sign, verify } from './keys.ts';

/**
 * A signed message: the signature covers a domain string and the exact payload bytes, each with its length in front, so that
 * a signature made for one purpose is worth nothing for another. The payload is signed as bytes, never re-encoded.
 */
export interface OpenedEnvelope {
  readonly signer: Hotkey;
  readonly payload: unknown;
}

const bytes = (length: number) =>
  v.pipe(
    v.instance(Uint8Array),
    v.check((value) => value.length === length),
  );
const envelopeSchema = v.strictObject({ signer: bytes(32), signature: bytes(64), payload: v.instance(Uint8Array) });

const signedBytes = (domain: string, payload: Uint8Array): Uint8Array => {
  const name = utf8(domain);
  return concatBytes(uint32Bytes(name.length), name, uint32Bytes(payload.length), payload);
};

export function sealEnvelope(domain: string, payload: unknown, pair: KeyPair): Uint8Array {
  const body = encode(payload);
  return encode({ signer: pair.publicKey, signature: sign(signedBytes(domain, body), pair), payload: body });
}

/**
 * Opens and verifies. The payload comes back decoded but unchecked: the caller's schema turns it into a type.
 * @throws ProtocolError when too large, malformed, or signed for another domain or by another key than it names
 */
export function openEnvelope(domain: string, data: Uint8Array, maxBytes: number): OpenedEnvelope {
  if (data.length > maxBytes) throw new ProtocolError(`Message of ${data.length} bytes, at most ${maxBytes} allowed`);
  const parsed = v.safeParse(envelopeSchema, decodeCbor(data));
  if (!parsed.success) throw new ProtocolError('Not a signed message');
  const { signer, signature, payload } = parsed.output;
  const address = addressOf(signer) as Hotkey;
  if (!verify(signedBytes(domain, payload), signature, signer)) {
    throw new ProtocolError(`Bad signature of ${address} under ${domain}`);
  }
  return { signer: address, payload: decodeCbor(payload) };
}

/** Strict CBOR: no trailing bytes, no indefinite lengths, no duplicate keys. @throws ProtocolError */
export function decodeCbor(data: Uint8Array): unknown {
  try {
    return decode(data, { strict: true, allowIndefinite: false, rejectDuplicateMapKeys: true });
  } catch (cause) {
    throw new ProtocolError('Malformed CBOR', { cause });
  }
}

export const encodeCbor = (value: unknown): Uint8Array => encode(value);

/** Checks decoded data against a schema. @throws ProtocolError that names the field. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw new ProtocolError(`${what}: ${v.getDotPath(issue) ?? 'value'}: ${issue.message}`);
}
