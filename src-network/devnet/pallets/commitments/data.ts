import { boundedBytes, boundedVec } from '../../scale/bounded.ts';
import { struct } from '../../scale/composites.ts';
import { enumeration, variant } from '../../scale/enumeration.ts';
import { fixedBytes, u64 } from '../../scale/primitives.ts';
import type { ScaleType, ValueOf } from '../../scale/scale-type.ts';

/** Fields of one commitment at most (runtime/src/lib.rs: MaxCommitFields). */
export const MAX_FIELDS = 3;
const MAX_RAW_BYTES = 128;
const MAX_BIG_RAW_BYTES = 512;
const MAX_TIMELOCKED_BYTES = 1024;

const hash = fixedBytes(32);

/** Bytes of each length are a variant of their own: `Raw5` has five. */
const raw = Object.fromEntries(
  Array.from({ length: MAX_RAW_BYTES + 1 }, (_, size) => [`Raw${size}`, variant(size + 1, fixedBytes(size))] as const),
);

type Field =
  | { readonly type: 'None'; readonly value: undefined }
  | { readonly type: 'ResetBondsFlag'; readonly value: undefined }
  | {
      readonly type: `Raw${number}` | 'BigRaw' | 'BlakeTwo256' | 'Sha256' | 'Keccak256' | 'ShaThree256';
      readonly value: Uint8Array;
    }
  | {
      readonly type: 'TimelockEncrypted';
      readonly value: { readonly encrypted: Uint8Array; readonly revealRound: bigint };
    };

/** One field. Source: pallets/commitments/src/types.rs (Data). */
const data = enumeration('pallet_commitments::types::Data', {
  None: variant(0, null),
  ...raw,
  BlakeTwo256: variant(130, hash),
  Sha256: variant(131, hash),
  Keccak256: variant(132, hash),
  ShaThree256: variant(133, hash),
  TimelockEncrypted: variant(134, { fields: { encrypted: boundedBytes(MAX_TIMELOCKED_BYTES), revealRound: u64 } }),
  ResetBondsFlag: variant(135, null),
  BigRaw: variant(136, boundedBytes(MAX_BIG_RAW_BYTES)),
}) as unknown as ScaleType<Field>;

export const commitmentInfo = struct('pallet_commitments::types::CommitmentInfo', {
  fields: boundedVec(data, MAX_FIELDS),
});
export type CommitmentInfo = ValueOf<typeof commitmentInfo>;

/** What a field counts against its hotkey's space, in bytes. Source: pallets/commitments/src/types.rs (len_for_rate_limit). */
export function spaceOf(field: Field): number {
  if (field.type === 'None' || field.type === 'ResetBondsFlag') return 0;
  return field.type === 'TimelockEncrypted' ? field.value.encrypted.length : field.value.length;
}
