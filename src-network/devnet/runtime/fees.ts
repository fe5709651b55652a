import type { CallDefinition } from '../metadata/pallet.ts';

/** What one call may take of a block's time, in picoseconds: a flat figure, since nothing here runs by weight. */
const CALL_REF_TIME = 400_000_000n;
/** Of every signed extrinsic (ExtrinsicBaseWeight of Substrate). */
const BASE_REF_TIME = 108_157_000n;
/** Subtensor's LinearWeightToFee: 500,000 parts of a billion (pallets/transaction-fee/src/lib.rs). */
const FEE_PARTS = 500_000n;
const BILLION = 1_000_000_000n;

export const callWeight = { refTime: CALL_REF_TIME, proofSize: 3_593n };

/**
 * Rao for an extrinsic: one for each byte, and by weight; nothing for calls that are free.
 * @param lengthBytes of the whole extrinsic
 */
export function inclusionFeeRao({ isFree }: Pick<CallDefinition, 'isFree'>, lengthBytes: number): InclusionFee | null {
  if (isFree) return null;
  return {
    baseFee: (BASE_REF_TIME * FEE_PARTS) / BILLION,
    lenFee: BigInt(lengthBytes),
    adjustedWeightFee: (CALL_REF_TIME * FEE_PARTS) / BILLION,
  };
}

export interface InclusionFee {
  readonly baseFee: bigint;
  readonly lenFee: bigint;
  readonly adjustedWeightFee: bigint;
}

export const totalFeeRao = (fee: InclusionFee | null): bigint =>
  fee === null ? 0n : fee.baseFee + fee.lenFee + fee.adjustedWeightFee;
