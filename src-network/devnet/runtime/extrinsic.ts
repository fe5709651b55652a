import { decode } from '../scale/decode.ts';
import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { ed25519Verify, secp256k1Compress, secp256k1Recover, sr25519Verify } from '@polkadot/util-crypto';
import { isReady, sr25519Verify as sr25519VerifyInWasm } from '@polkadot/wasm-crypto';
import { concatBytes, toHex } from '#protocol/bytes.ts';
import { errorMessage, ProtocolError } from '#protocol/errors.ts';
import { tuple } from '../scale/composites.ts';
import { compactU32 } from '../scale/primitives.ts';
import { SIGNED_EXTENSIONS } from '../metadata/extensions.ts';
import type { DecodedCall } from './call-context.ts';
import { type Mortality, mortalityOf } from './era.ts';
import type { Runtime } from './runtime.ts';
import { multiAddress, multiSignature, type MultiSignatureValue } from './system-types.ts';

/** Longest extrinsic that is looked at: far more than a batch of all that Millrace sends. */
export const MAX_EXTRINSIC_BYTES = 512 * 1024;

export interface Extrinsic {
  readonly call: DecodedCall;
  /** With its length in front, as blocks have it. */
  readonly encoded: Uint8Array;
  readonly signed: SignedPart | null;
}

export interface SignedPart {
  readonly signer: Uint8Array;
  readonly signature: MultiSignatureValue;
  readonly mortality: Mortality;
  readonly nonce: number;
  readonly tipRao: bigint;
  /** Of CheckMetadataHash: whether the hash of the metadata was signed too. */
  readonly signsMetadataHash: boolean;
  readonly extraBytes: Uint8Array;
  readonly callBytes: Uint8Array;
}

/** What the extensions carry, in their order. */
export const extra = tuple(...SIGNED_EXTENSIONS.map((extension) => extension.extra));
const at = (identifier: string): number =>
  SIGNED_EXTENSIONS.findIndex((extension) => extension.identifier === identifier);
const [MORTALITY, NONCE, PAYMENT, METADATA_HASH] = [
  at('CheckMortality'),
  at('CheckNonce'),
  at('ChargeTransactionPayment'),
  at('CheckMetadataHash'),
] as const;

const BARE = 4;
/** First byte of a signed extrinsic: version 4, and that it is signed. */
export const SIGNED = 4 | 0x80;

/** Reads an extrinsic of version 4. @throws ProtocolError for anything else */
export function decodeExtrinsic(runtime: Runtime, encoded: Uint8Array): Extrinsic {
  if (encoded.length > MAX_EXTRINSIC_BYTES) throw new ProtocolError(`Extrinsic of ${encoded.length} bytes is too long`);
  try {
    const prefix = compactU32.codec.enc(decode(compactU32, encoded)).length;
    const body = encoded.subarray(prefix);
    if (decode(compactU32, encoded) !== body.length) throw new ProtocolError('Its length is not what it says');
    if (body[0] === BARE) return { call: decodeCall(runtime, body.subarray(1)), encoded, signed: null };
    if (body[0] !== SIGNED) throw new ProtocolError(`Version byte ${body[0] ?? 'missing'}, not ${SIGNED} or ${BARE}`);
    return decodeSigned(runtime, encoded, body.subarray(1));
  } catch (cause) {
    throw new ProtocolError(`Not an extrinsic of this chain: ${errorMessage(cause)}`, { cause });
  }
}

function decodeSigned(runtime: Runtime, encoded: Uint8Array, body: Uint8Array): Extrinsic {
  const parts = tuple(multiAddress, multiSignature, extra);
  const [address, signature, values] = decode(parts, body);
  if (address.type !== 'Id') throw new ProtocolError(`The sender must be an account id, not ${address.type}`);
  const extraBytes = extra.codec.enc(values);
  // All three encode one way only, so their lengths say where the call begins.
  const head = concatBytes(multiAddress.codec.enc(address), multiSignature.codec.enc(signature), extraBytes);
  if (toHex(head) !== toHex(body.subarray(0, head.length)))
    throw new ProtocolError('Numbers are not in their shortest form');
  const callBytes = body.subarray(head.length);
  const mode = values[METADATA_HASH] as { readonly type: string };
  return {
    call: decodeCall(runtime, callBytes),
    encoded,
    signed: {
      ...{ signer: address.value, signature, extraBytes, callBytes },
      mortality: mortalityOf(values[MORTALITY] as never),
      nonce: values[NONCE] as number,
      tipRao: values[PAYMENT] as bigint,
      signsMetadataHash: mode.type === 'Enabled',
    },
  };
}

/** @throws ProtocolError when bytes are missing or left over: these would be signed, and mean nothing */
function decodeCall({ callType }: Runtime, callBytes: Uint8Array): DecodedCall {
  const call = decode(callType, callBytes);
  if (toHex(callType.codec.enc(call)) !== toHex(callBytes))
    throw new ProtocolError('The call has too few or too many bytes');
  return call;
}

/** What a signature must be of: the call, what the extensions carry and what they imply; its hash if that is long. */
export function signedPayload(
  { callBytes, extraBytes }: Pick<SignedPart, 'callBytes' | 'extraBytes'>,
  implicit: Uint8Array,
): Uint8Array {
  const payload = concatBytes(callBytes, extraBytes, implicit);
  return payload.length > 256 ? Blake2256(payload) : payload;
}

/** Whether the signature is the signer's, of whichever of the three kinds. */
export function verifySignature({ signer, signature: { type, value } }: SignedPart, payload: Uint8Array): boolean {
  try {
    switch (type) {
      case 'Sr25519':
        // In WebAssembly it takes a seventh of the time, which is most of what a transfer takes.
        return isReady() ? sr25519VerifyInWasm(value, payload, signer) : sr25519Verify(payload, value, signer);
      case 'Ed25519':
        return ed25519Verify(payload, value, signer);
      case 'Ecdsa': {
        const key = secp256k1Recover(Blake2256(payload), value.subarray(0, 64), value[64] ?? 0);
        return toHex(Blake2256(secp256k1Compress(key))) === toHex(signer);
      }
    }
  } catch {
    return false;
  }
}
