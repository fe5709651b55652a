import { describe, expect, it } from 'vitest';
import type { ChainCall } from '#protocol/chain/chain-client.ts';
import { MAX_CALL_BYTES, openCall, sealCall } from '../../../support/memory-chain/signed-call.ts';
import { decodeCbor, encodeCbor, sealEnvelope } from '#protocol/envelope.ts';
import type { Uid } from '#protocol/ids.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { NETUID, testKey } from '../../../support/chain-fixtures.ts';

const CHAIN = 'ab'.repeat(32);
const DOMAIN = 'millrace/devnet-call/1';
const signer = testKey(40);

const calls: readonly ChainCall[] = [
  { kind: 'register', netuid: NETUID, hotkey: hotkeyOf(testKey(41)) },
  { kind: 'set-weights', netuid: NETUID, weights: [{ uid: 3 as Uid, weight: 65_535 }] },
  { kind: 'set-commitment', netuid: NETUID, fields: [new Uint8Array([0, 255]), new Uint8Array(0)] },
];
const sealed = sealCall(calls[0]!, CHAIN, 7, signer);

interface Envelope {
  signer: Uint8Array;
  signature: Uint8Array;
  payload: Uint8Array;
}
const forge = (change: (envelope: Envelope) => void): Uint8Array => {
  const envelope = decodeCbor(sealed) as Envelope;
  change(envelope);
  return encodeCbor(envelope);
};
const seal = (payload: unknown): Uint8Array => sealEnvelope(DOMAIN, payload, signer);

describe('a signed call', () => {
  it.each(calls)('comes out as it went in: $kind', (call) => {
    expect(openCall(sealCall(call, CHAIN, 7, signer), CHAIN)).toEqual({
      kind: 'valid',
      signed: { signer: signer.address, nonce: 7, call },
    });
  });

  it('signed for another chain is refused', () => {
    expect(openCall(sealed, 'cd'.repeat(32))).toMatchObject({ kind: 'refused', error: 'BadSignature' });
  });

  it('signed under another domain is refused', () => {
    const foreign = sealEnvelope('millrace/announcement/1', { genesisHash: CHAIN, nonce: 7, call: calls[0] }, signer);
    expect(openCall(foreign, CHAIN)).toMatchObject({ kind: 'refused', error: 'BadSignature' });
  });

  it('with another signer, signature or payload than was signed is refused', () => {
    const forgeries = [
      forge((envelope) => (envelope.signer = testKey(42).publicKey)),
      forge(
        (envelope) => (envelope.signature = envelope.signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte))),
      ),
      forge((envelope) => (envelope.payload = encodeCbor({ genesisHash: CHAIN, nonce: 8, call: calls[0] }))),
    ];
    for (const bytes of forgeries) {
      expect(openCall(bytes, CHAIN)).toMatchObject({ kind: 'refused', error: 'BadSignature' });
    }
  });

  it('cut at any byte is refused', () => {
    for (let length = 0; length < sealed.length; length += 1) {
      expect(openCall(sealed.subarray(0, length), CHAIN)).toMatchObject({ kind: 'refused', error: 'Malformed' });
    }
  });

  it('followed by more bytes is refused', () => {
    expect(openCall(new Uint8Array([...sealed, 0]), CHAIN)).toMatchObject({ kind: 'refused', error: 'Malformed' });
  });

  it('larger than the limit is refused before it is read', () => {
    expect(openCall(new Uint8Array(MAX_CALL_BYTES + 1), CHAIN)).toEqual({
      kind: 'refused',
      error: 'Malformed',
      message: 'The call has 65537 bytes; at most 65536 are allowed',
    });
  });

  it('nested a thousand levels deep is refused without harm', () => {
    const bytes = new Uint8Array(MAX_CALL_BYTES).fill(0x81); // a list in a list in a list…
    expect(openCall(bytes, CHAIN)).toMatchObject({ kind: 'refused', error: 'Malformed' });
  });

  it.each([
    ['an unknown kind', { kind: 'mint', netuid: 1 }],
    ['an extra field', { ...calls[0], amount: 1 }],
    ['a missing field', { kind: 'register', netuid: 1 }],
    ['a netuid beyond u16', { ...calls[0], netuid: 65_536 }],
    ['a weight beyond u16', { kind: 'set-weights', netuid: 1, weights: [{ uid: 1, weight: 65_536 }] }],
    ['a negative weight', { kind: 'set-weights', netuid: 1, weights: [{ uid: 1, weight: -1 }] }],
    ['a fractional weight', { kind: 'set-weights', netuid: 1, weights: [{ uid: 1, weight: 0.5 }] }],
    ['a weight that is not a number', { kind: 'set-weights', netuid: 1, weights: [{ uid: 1, weight: NaN }] }],
    ['a field that is text', { kind: 'set-commitment', netuid: 1, fields: ['text'] }],
    ['a hotkey with a wrong checksum', { ...calls[0], hotkey: testKey(41).address.replace(/.$/, '1') }],
    ['a hotkey that is not an address', { ...calls[0], hotkey: 'x' }],
    ['nothing', null],
  ])('with %s is refused, though its signature is good', (_what, call) => {
    expect(openCall(seal({ genesisHash: CHAIN, nonce: 0, call }), CHAIN)).toMatchObject({
      kind: 'refused',
      error: 'Malformed',
    });
  });

  it.each([[-1], [0.5], [2 ** 53], ['0'], [null]])('with the nonce %s is refused', (nonce) => {
    const bytes = seal({ genesisHash: CHAIN, nonce, call: calls[0] });
    expect(openCall(bytes, CHAIN)).toMatchObject({ kind: 'refused', error: 'Malformed' });
  });
});
