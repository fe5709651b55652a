import * as v from 'valibot';
import { check, decodeCbor, openEnvelope, sealEnvelope } from '#protocol/envelope.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { KeyPair } from '#protocol/keys.ts';
import type { ChainCall } from '#protocol/chain/chain-client.ts';
import { amountRao, checkedColdkey, checkedHotkey, count, hash32, u16, uid } from '#protocol/chain/wire-values.ts';

/** Signatures under this domain order the devnet chain to do something, and mean nothing anywhere else. */
const DOMAIN = 'millrace/devnet-call/1';

/** Bytes of a sealed call; the largest real one (weights for 4096 uids) has about 60 KiB. */
export const MAX_CALL_BYTES = 64 * 1024;
const MAX_WEIGHTS = 4_096;

const callSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('register'), netuid: u16, hotkey: checkedHotkey }),
  v.strictObject({ kind: v.literal('transfer'), to: checkedColdkey, amountRao }),
  v.strictObject({
    kind: v.literal('set-weights'),
    netuid: u16,
    weights: v.pipe(v.array(v.strictObject({ uid, weight: u16 })), v.maxLength(MAX_WEIGHTS)),
  }),
  // Number and size of the fields are the chain's to refuse, by its own errors; MAX_CALL_BYTES bounds them here.
  v.strictObject({ kind: v.literal('set-commitment'), netuid: u16, fields: v.array(v.instance(Uint8Array)) }),
]);
const payloadSchema = v.strictObject({ genesisHash: hash32, nonce: count, call: callSchema });
const envelopeShape = v.strictObject({
  signer: v.instance(Uint8Array),
  signature: v.instance(Uint8Array),
  payload: v.instance(Uint8Array),
});

/** A call whose signature was checked. `nonce` counts the calls of this signer that the chain has included. */
export interface SignedCall {
  readonly signer: string;
  readonly nonce: number;
  readonly call: ChainCall;
}

export type OpenedCall =
  | { readonly kind: 'valid'; readonly signed: SignedCall }
  | { readonly kind: 'refused'; readonly error: string; readonly message: string };

export const sealCall = (call: ChainCall, genesisHash: string, nonce: number, signer: KeyPair): Uint8Array =>
  sealEnvelope(DOMAIN, { genesisHash, nonce, call: plain(call) }, signer);

const plain = (call: ChainCall) =>
  call.kind === 'transfer' ? { ...call, amountRao: call.amountRao.toString() } : call;

/** Checks size, form, signature and chain, in this order, of bytes that anyone may have sent. Never throws. */
export function openCall(bytes: Uint8Array, genesisHash: string): OpenedCall {
  if (bytes.length > MAX_CALL_BYTES) {
    return refuse('Malformed', `The call has ${bytes.length} bytes; at most ${MAX_CALL_BYTES} are allowed`);
  }
  try {
    const envelope = check(envelopeShape, decodeCbor(bytes), 'Signed call');
    check(payloadSchema, decodeCbor(envelope.payload), 'Call');
  } catch (error) {
    return refuse('Malformed', errorMessage(error));
  }
  try {
    const { signer, payload } = openEnvelope(DOMAIN, bytes, MAX_CALL_BYTES);
    const checked = check(payloadSchema, payload, 'Call');
    if (checked.genesisHash !== genesisHash) {
      return refuse('BadSignature', `The call was signed for the chain ${checked.genesisHash}, not for this one`);
    }
    return { kind: 'valid', signed: { signer, nonce: checked.nonce, call: checked.call } };
  } catch (error) {
    return refuse('BadSignature', errorMessage(error));
  }
}

const refuse = (error: string, message: string): OpenedCall => ({ kind: 'refused', error, message });
