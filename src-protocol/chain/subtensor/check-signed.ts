import type { Registry, SignerPayloadJSON } from '@polkadot/types/types';
import { hexToU8a } from '@polkadot/util';
import { blake2AsU8a } from '@polkadot/util-crypto/blake2/asU8a';
import { ed25519Verify } from '@polkadot/util-crypto/ed25519/verify';
import { secp256k1Verify } from '@polkadot/util-crypto/secp256k1/verify';
import { sr25519Verify } from '@polkadot/util-crypto/sr25519/verify';
import { ProtocolError } from '../../errors.ts';
import { publicKeyOf } from '../../keys.ts';

/** `MultiSignature`: a byte that names the scheme, then the signature. */
const MULTI_SIGNATURE = /^0x(?:0[01][0-9a-f]{128}|02[0-9a-f]{130})$/i;
/** Longer payloads are hashed before they are signed (primitives/runtime/src/generic/unchecked_extrinsic.rs of polkadot-sdk). */
const MAX_UNHASHED_BYTES = 256;

/** The fields that go with a call, in the order of Subtensor (runtime/src/lib.rs, TxExtension); the last is on newer chains only. */
const EXTRAS = ['era', 'nonce', 'tip', 'mode'];

/**
 * What a node's metadata says of the fields that go with a call decides where they stand: in another order a nonce is a tip.
 * @throws ProtocolError when it is not as Subtensor has it
 */
export function checkExtras(registry: Registry): void {
  const found = Object.keys(registry.getSignedExtensionTypes());
  if (found.join() !== EXTRAS.join() && found.join() !== EXTRAS.slice(0, -1).join())
    throw new ProtocolError(
      'This node describes its transactions otherwise than Subtensor has them. Nothing was signed',
    );
}

/** @throws ProtocolError when it is no signature by the payload's account over exactly this payload */
export function checkSignature(registry: Registry, payload: SignerPayloadJSON, signature: string): void {
  const bytes = registry.createType('ExtrinsicPayload', payload, { version: payload.version }).toU8a({ method: true });
  const message = bytes.length > MAX_UNHASHED_BYTES ? blake2AsU8a(bytes) : bytes;
  if (!MULTI_SIGNATURE.test(signature) || !isSignedBy(message, hexToU8a(signature), publicKeyOf(payload.address)))
    throw new ProtocolError('The signature does not fit what was to be signed; nothing was sent');
}

function isSignedBy(message: Uint8Array, multiSignature: Uint8Array, publicKey: Uint8Array): boolean {
  const signature = multiSignature.subarray(1);
  try {
    if (multiSignature[0] === 0) return ed25519Verify(message, signature, publicKey);
    if (multiSignature[0] === 1) return sr25519Verify(message, signature, publicKey);
    return secp256k1Verify(message, signature, publicKey, 'blake2');
  } catch {
    return false;
  }
}

/** @param given a whole transaction in hex, as a wallet may give back beside its signature. @throws ProtocolError unless it is the one expected */
export function checkTransaction(registry: Registry, given: string, expected: string): void {
  let found: string | null;
  try {
    found = registry.createType('Extrinsic', given).toHex();
  } catch {
    found = null;
  }
  if (found !== expected)
    throw new ProtocolError('The wallet signed something else than it was asked to; nothing was sent');
}
