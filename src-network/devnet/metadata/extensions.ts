import { newtype, option } from '../scale/composites.ts';
import { enumeration, variant } from '../scale/enumeration.ts';
import { compactU32, compactU64, fixedBytes, h256, u32, unit } from '../scale/primitives.ts';
import type { AnyType } from '../scale/scale-type.ts';
import { era } from '../runtime/system-types.ts';

export interface SignedExtension {
  readonly identifier: string;
  /** What an extrinsic carries. */
  readonly extra: AnyType;
  /** What is signed too, and known to both sides. */
  readonly implicit: AnyType;
}

const checkMetadataHashMode = enumeration('frame_metadata_hash_extension::Mode', {
  Disabled: variant(0, null),
  Enabled: variant(1, null),
});

const silent = (identifier: string): SignedExtension => ({ identifier, extra: unit, implicit: unit });

/** Those of Subtensor, in its order (runtime/src/lib.rs: SystemTxExtension, CustomTxExtension, CheckMetadataHash). */
export const SIGNED_EXTENSIONS: readonly SignedExtension[] = [
  silent('CheckNonZeroSender'),
  { identifier: 'CheckSpecVersion', extra: unit, implicit: u32 },
  { identifier: 'CheckTxVersion', extra: unit, implicit: u32 },
  { identifier: 'CheckGenesis', extra: unit, implicit: h256 },
  { identifier: 'CheckMortality', extra: era, implicit: h256 },
  {
    identifier: 'CheckNonce',
    extra: newtype('frame_system::extensions::check_nonce::CheckNonce', compactU32),
    implicit: unit,
  },
  silent('CheckWeight'),
  {
    identifier: 'ChargeTransactionPayment',
    extra: newtype('pallet_transaction_payment::ChargeTransactionPayment', compactU64),
    implicit: unit,
  },
  silent('SudoTransactionExtension'),
  silent('CheckShieldedTxValidity'),
  silent('SubtensorTransactionExtension'),
  silent('DrandPriority'),
  { identifier: 'CheckMetadataHash', extra: checkMetadataHashMode, implicit: option(fixedBytes(32)) },
];
