import { Blake2256 } from '@polkadot-api/substrate-bindings';
import { struct, tuple, vec } from '../scale/composites.ts';
import { variant } from '../scale/enumeration.ts';
import { accountId, bool, bytes, fixedBytes, h256, str, u16, u32, u64, u8 } from '../scale/primitives.ts';
import { call, mapKey, type Pallet, storageMap, storageValue } from '../metadata/pallet.ts';
import {
  accountInfo,
  digest,
  dispatchError,
  dispatchInfo,
  lastRuntimeUpgrade,
  perDispatchClassWeight,
} from '../runtime/system-types.ts';
import { signerOf } from '../runtime/call-context.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';

const NAME = 'System';

const EMPTY_ACCOUNT = {
  ...{ nonce: 0, consumers: 0, providers: 0, sufficients: 0 },
  data: { free: 0n, reserved: 0n, frozen: 0n, flags: 1n << 127n },
};

/** Blocks whose hash is remembered: as long as a mortal transaction may live. */
export const BLOCK_HASH_COUNT = 2400;

export const account = storageMap(NAME, 'Account', [mapKey('Blake2128Concat', accountId)], accountInfo, EMPTY_ACCOUNT);
export const blockHash = storageMap(NAME, 'BlockHash', [mapKey('Twox64Concat', u32)], h256, new Uint8Array(32));
export const number = storageValue(NAME, 'Number', u32, 0);
export const parentHash = storageValue(NAME, 'ParentHash', h256, new Uint8Array(32));
export const extrinsicCount = storageValue<number>(NAME, 'ExtrinsicCount', u32);
const blockWeight = storageValue(NAME, 'BlockWeight', perDispatchClassWeight, {
  normal: { refTime: 0n, proofSize: 0n },
  operational: { refTime: 0n, proofSize: 0n },
  mandatory: { refTime: 0n, proofSize: 0n },
});
const digestItems = storageValue(NAME, 'Digest', digest, { logs: [] });
export const eventCount = storageValue(NAME, 'EventCount', u32, 0);

export const runtimeVersion = struct('sp_version::RuntimeVersion', {
  specName: str,
  implName: str,
  authoringVersion: u32,
  specVersion: u32,
  implVersion: u32,
  apis: vec(tuple(fixedBytes(8), u32)),
  transactionVersion: u32,
  systemVersion: u8,
});

/** `System.Events` is added by the runtime, which knows all events. */
export const system: Pallet = {
  name: NAME,
  index: 0,
  calls: {
    remark: call(0, { remark: bytes }, () => undefined),
    remark_with_event: call(7, { remark: bytes }, (context, { remark }) => {
      context.deposit(NAME, 'Remarked', { sender: signerOf(context), hash: Blake2256(remark) });
    }),
  },
  events: {
    ExtrinsicSuccess: variant(0, { fields: { dispatchInfo } }),
    ExtrinsicFailed: variant(1, { fields: { dispatchError, dispatchInfo } }),
    CodeUpdated: variant(2, null),
    NewAccount: variant(3, { fields: { account: accountId } }),
    KilledAccount: variant(4, { fields: { account: accountId } }),
    Remarked: variant(5, { fields: { sender: accountId, hash: h256 } }),
  },
  errors: {
    InvalidSpecName: 'The new runtime has another name',
    SpecVersionNeedsToIncrease: 'The new runtime is not newer',
    FailedToExtractRuntimeVersion: 'The new runtime does not say its version',
    NonDefaultComposite: 'The account is still in use',
    NonZeroRefCount: 'The account is still referred to',
    CallFiltered: 'This chain does not allow or does not know this call',
  },
  storage: [
    account,
    extrinsicCount,
    blockWeight,
    blockHash,
    number,
    parentHash,
    digestItems,
    eventCount,
    storageValue(NAME, 'LastRuntimeUpgrade', lastRuntimeUpgrade),
    storageValue(NAME, 'UpgradedToU32RefCount', bool, false),
  ],
  constants: {
    BlockHashCount: { type: u32, value: BLOCK_HASH_COUNT },
    DbWeight: {
      type: struct('sp_weights::RuntimeDbWeight', { read: u64, write: u64 }),
      value: { read: 25_000_000n, write: 100_000_000n },
    },
    Version: { type: runtimeVersion, value: RUNTIME_VERSION },
    SS58Prefix: { type: u16, value: 42 },
  },
};
