import { option, struct } from '../scale/composites.ts';
import { u32, u64 } from '../scale/primitives.ts';
import { method, type RuntimeApi } from '../metadata/runtime-api.ts';
import { decodeExtrinsic } from '../runtime/extrinsic.ts';
import { callWeight, inclusionFeeRao, totalFeeRao } from '../runtime/fees.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { dispatchClass, weight } from '../runtime/system-types.ts';
import { opaqueExtrinsic } from './opaque-extrinsic.ts';

export const runtimeDispatchInfo = struct('pallet_transaction_payment::types::RuntimeDispatchInfo', {
  weight,
  class: dispatchClass,
  partialFee: u64,
});
const inclusionFee = struct('pallet_transaction_payment::types::InclusionFee', {
  baseFee: u64,
  lenFee: u64,
  adjustedWeightFee: u64,
});
const feeDetails = struct('pallet_transaction_payment::types::FeeDetails', { inclusionFee: option(inclusionFee) });

function feeOf(runtime: Runtime, encoded: Uint8Array) {
  const definition = runtime.callOf(decodeExtrinsic(runtime, encoded).call);
  return definition === null ? null : inclusionFeeRao(definition, encoded.length);
}

export const transactionPaymentApi: RuntimeApi = {
  name: 'TransactionPaymentApi',
  methods: {
    query_info: method({ uxt: opaqueExtrinsic, len: u32 }, runtimeDispatchInfo, ({ rules }, { uxt }) => ({
      weight: callWeight,
      class: { type: 'Normal' as const, value: undefined },
      partialFee: totalFeeRao(feeOf(rules.runtime, uxt)),
    })),
    query_fee_details: method({ uxt: opaqueExtrinsic, len: u32 }, feeDetails, ({ rules }, { uxt }) => ({
      inclusionFee: feeOf(rules.runtime, uxt) ?? undefined,
    })),
  },
};
