import { newtype, struct, vec, withParams } from '../scale/composites.ts';
import { enumeration, variant } from '../scale/enumeration.ts';
import {
  accountId,
  bytes,
  compactU32,
  compactU64,
  fixedBytes,
  str,
  u128,
  u32,
  u64,
  u8,
  unit,
} from '../scale/primitives.ts';
import type { ValueOf } from '../scale/scale-type.ts';

/** Substrate's own types under the names by which clients know them. */

export const weight = struct('sp_weights::weight_v2::Weight', { refTime: compactU64, proofSize: compactU64 });
export const dispatchClass = enumeration('frame_support::dispatch::DispatchClass', {
  Normal: variant(0, null),
  Operational: variant(1, null),
  Mandatory: variant(2, null),
});
const pays = enumeration('frame_support::dispatch::Pays', { Yes: variant(0, null), No: variant(1, null) });
export const dispatchInfo = struct('frame_system::DispatchEventInfo', { weight, class: dispatchClass, paysFee: pays });

const moduleError = struct('sp_runtime::ModuleError', { index: u8, error: fixedBytes(4) });
const tokenError = enumeration('sp_runtime::TokenError', {
  FundsUnavailable: variant(0, null),
  OnlyProvider: variant(1, null),
  BelowMinimum: variant(2, null),
  CannotCreate: variant(3, null),
  UnknownAsset: variant(4, null),
  Frozen: variant(5, null),
  Unsupported: variant(6, null),
  CannotCreateHold: variant(7, null),
  NotExpendable: variant(8, null),
  Blocked: variant(9, null),
});
const arithmeticError = enumeration('sp_arithmetic::ArithmeticError', {
  Underflow: variant(0, null),
  Overflow: variant(1, null),
  DivisionByZero: variant(2, null),
});
export const dispatchError = enumeration('sp_runtime::DispatchError', {
  Other: variant(0, null),
  CannotLookup: variant(1, null),
  BadOrigin: variant(2, null),
  Module: variant(3, moduleError),
  ConsumerRemaining: variant(4, null),
  NoProviders: variant(5, null),
  TooManyConsumers: variant(6, null),
  Token: variant(7, tokenError),
  Arithmetic: variant(8, arithmeticError),
});
export type DispatchErrorValue = ValueOf<typeof dispatchError>;

const consensusEngineId = fixedBytes(4);
const engineBytes = { fields: { engine: consensusEngineId, data: bytes } };
const digestItem = enumeration('sp_runtime::generic::digest::DigestItem', {
  PreRuntime: variant(6, engineBytes),
  Consensus: variant(4, engineBytes),
  Seal: variant(5, engineBytes),
  Other: variant(0, bytes),
  RuntimeEnvironmentUpdated: variant(8, null),
});
export const digest = struct('sp_runtime::generic::digest::Digest', { logs: vec(digestItem) });

const accountData = struct('pallet_balances::types::AccountData', {
  free: u64,
  reserved: u64,
  frozen: u64,
  flags: newtype('pallet_balances::types::ExtraFlags', u128),
});
export const accountInfo = struct('frame_system::AccountInfo', {
  nonce: u32,
  consumers: u32,
  providers: u32,
  sufficients: u32,
  data: accountData,
});

export const multiAddress = withParams(
  enumeration('sp_runtime::multiaddress::MultiAddress', {
    Id: variant(0, accountId),
    Index: variant(1, unit),
    Raw: variant(2, bytes),
    Address32: variant(3, fixedBytes(32)),
    Address20: variant(4, fixedBytes(20)),
  }),
  { AccountId: accountId, AccountIndex: unit },
);
export const multiSignature = enumeration('sp_runtime::MultiSignature', {
  Ed25519: variant(0, fixedBytes(64)),
  Sr25519: variant(1, fixedBytes(64)),
  Ecdsa: variant(2, fixedBytes(65)),
});
export type MultiSignatureValue = ValueOf<typeof multiSignature>;

/** How long an extrinsic may be included: for ever, or a number of blocks from one whose number its bits give. */
export const era = enumeration('sp_runtime::generic::era::Era', {
  Immortal: variant(0, null),
  ...Object.fromEntries(Array.from({ length: 255 }, (_, i) => [`Mortal${i + 1}`, variant(i + 1, u8)] as const)),
});

export const phase = enumeration('frame_system::Phase', {
  ApplyExtrinsic: variant(0, u32),
  Finalization: variant(1, null),
  Initialization: variant(2, null),
});
export const lastRuntimeUpgrade = struct('frame_system::LastRuntimeUpgradeInfo', {
  specVersion: compactU32,
  specName: str,
});
export const perDispatchClassWeight = struct('frame_support::dispatch::PerDispatchClass', {
  normal: weight,
  operational: weight,
  mandatory: weight,
});
