import { concatBytes, uint32Bytes } from '#protocol/bytes.ts';
import { struct, vec } from '../scale/composites.ts';
import { enumeration, result, variant } from '../scale/enumeration.ts';
import { bool, bytes, h256, u64, u8 } from '../scale/primitives.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { decodeExtrinsic } from '../runtime/extrinsic.ts';
import { invalidity } from '../runtime/validate.ts';
import { opaqueExtrinsic } from './opaque-extrinsic.ts';

const source = enumeration('sp_runtime::transaction_validity::TransactionSource', {
  InBlock: variant(0, null),
  Local: variant(1, null),
  External: variant(2, null),
});
const validTransaction = struct('sp_runtime::transaction_validity::ValidTransaction', {
  priority: u64,
  requires: vec(bytes),
  provides: vec(bytes),
  longevity: u64,
  propagate: bool,
});
const invalidTransaction = enumeration('sp_runtime::transaction_validity::InvalidTransaction', {
  Call: variant(0, null),
  Payment: variant(1, null),
  Future: variant(2, null),
  Stale: variant(3, null),
  BadProof: variant(4, null),
  AncientBirthBlock: variant(5, null),
  ExhaustsResources: variant(6, null),
  Custom: variant(7, u8),
  BadMandatory: variant(8, null),
  MandatoryValidation: variant(9, null),
  BadSigner: variant(10, null),
});
const unknownTransaction = enumeration('sp_runtime::transaction_validity::UnknownTransaction', {
  CannotLookup: variant(0, null),
  NoUnsignedValidator: variant(1, null),
  Custom: variant(2, u8),
});
const validityError = enumeration('sp_runtime::transaction_validity::TransactionValidityError', {
  Invalid: variant(0, invalidTransaction),
  Unknown: variant(1, unknownTransaction),
});

/** Blocks for which the answer holds. */
const LONGEVITY = 64n;

export const taggedTransactionQueueApi: RuntimeApi = {
  name: 'TaggedTransactionQueue',
  methods: {
    validate_transaction: method(
      { source, tx: opaqueExtrinsic, blockHash: h256 },
      result(validTransaction, validityError),
      ({ rules, state, nextBlock }, { tx }) => {
        const extrinsic = decodeExtrinsic(rules.runtime, tx);
        const reason = invalidity(rules, state, nextBlock, extrinsic);
        // One whose turn has not come waits for the one before it.
        if (reason !== null && reason !== 'Future') {
          return {
            type: 'Err' as const,
            value: { type: 'Invalid' as const, value: { type: reason, value: undefined } },
          };
        }
        const { signer, nonce } = extrinsic.signed ?? { signer: new Uint8Array(), nonce: 0 };
        const tag = (of: number): Uint8Array => concatBytes(signer, uint32Bytes(of));
        return {
          type: 'Ok' as const,
          value: {
            ...{ priority: 0n, longevity: LONGEVITY, propagate: true },
            requires: reason === 'Future' ? [tag(nonce - 1)] : [],
            provides: [tag(nonce)],
          },
        };
      },
    ),
  },
};
