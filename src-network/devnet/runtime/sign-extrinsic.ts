import { concatBytes } from '#protocol/bytes.ts';
import { type KeyPair, sign } from '#protocol/keys.ts';
import { SIGNED_EXTENSIONS } from '../metadata/extensions.ts';
import { compactU32 } from '../scale/primitives.ts';
import type { DecodedCall } from './call-context.ts';
import { extra, SIGNED, signedPayload } from './extrinsic.ts';
import { multiAddress, multiSignature } from './system-types.ts';
import { implicitOf, type TransactionRules } from './validate.ts';

export interface CallToSign {
  readonly call: DecodedCall;
  readonly nonce: number;
}

/** An extrinsic signed with sr25519, valid for ever, without a tip: for whoever has a key and no client, as the faucet. */
export function signExtrinsic(rules: TransactionRules, pair: KeyPair, { call, nonce }: CallToSign): Uint8Array {
  const carried: Readonly<Record<string, unknown>> = {
    CheckMortality: { type: 'Immortal', value: undefined },
    CheckNonce: nonce,
    ChargeTransactionPayment: 0n,
    CheckMetadataHash: { type: 'Disabled', value: undefined },
  };
  const extraBytes = extra.codec.enc(SIGNED_EXTENSIONS.map(({ identifier }) => carried[identifier]));
  const callBytes = rules.runtime.callType.codec.enc(call);
  const signature = sign(signedPayload({ callBytes, extraBytes }, implicitOf(rules, rules.genesisHash, false)), pair);
  const body = concatBytes(
    Uint8Array.of(SIGNED),
    multiAddress.codec.enc({ type: 'Id', value: pair.publicKey }),
    multiSignature.codec.enc({ type: 'Sr25519', value: signature }),
    extraBytes,
    callBytes,
  );
  return concatBytes(compactU32.codec.enc(body.length), body);
}
