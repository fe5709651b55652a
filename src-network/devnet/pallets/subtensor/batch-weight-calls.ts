import { tuple, vec } from '../../scale/composites.ts';
import { compactU16, compactU64, h256, u16, u64 } from '../../scale/primitives.ts';
import { type CallDefinition, freeCall } from '../../metadata/pallet.ts';
import { type CallContext, signerOf } from '../../runtime/call-context.ts';
import { batchRevealWeights } from './commit-weights.ts';
import { SUBTENSOR } from './storage-item.ts';
import { netUid } from './types.ts';
import { ensure } from './validate-stake.ts';

const lists = vec(vec(u16));

/**
 * One call for several subnets: what fails in one changes nothing in the others. And one for several reveals in a subnet.
 * Source: pallets/subtensor/src/subnets/weights.rs.
 */
export const BATCH_WEIGHT_CALLS: Readonly<Record<string, CallDefinition>> = {
  batch_set_weights: freeCall(
    80,
    { netuids: vec(compactU16), weights: vec(vec(tuple(compactU16, compactU16))), versionKeys: vec(compactU64) },
    (context, { netuids, weights, versionKeys }) => {
      ensure(netuids.length === weights.length && netuids.length === versionKeys.length, 'InputLengthsUnequal');
      inEach(context, netuids, (netuid, index) => {
        const row = weights[index] ?? [];
        const [dests, values] = [row.map(([uid]) => uid), row.map(([, weight]) => weight)];
        return { type: 'set_weights', value: { netuid, dests, weights: values, versionKey: versionKeys[index] } };
      });
    },
  ),
  batch_commit_weights: freeCall(
    100,
    { netuids: vec(compactU16), commitHashes: vec(h256) },
    (context, { netuids, commitHashes }) => {
      ensure(netuids.length === commitHashes.length, 'InputLengthsUnequal');
      inEach(context, netuids, (netuid, index) => ({
        type: 'commit_weights',
        value: { netuid, commitHash: commitHashes[index] },
      }));
    },
  ),
  batch_reveal_weights: freeCall(
    98,
    { netuid: netUid, uidsList: lists, valuesList: lists, saltsList: lists, versionKeys: vec(u64) },
    batchRevealWeights,
  ),
};

type Call = Readonly<{ type: string; value: unknown }>;

function inEach(context: CallContext, netuids: readonly number[], make: (netuid: number, index: number) => Call): void {
  const failed = netuids.flatMap((netuid, index) => {
    const error = context.dispatch({ type: SUBTENSOR, value: make(netuid, index) }, context.origin);
    return error === null ? [] : [[netuid, error] as const];
  });
  if (failed.length > 0) context.deposit(SUBTENSOR, 'BatchCompletedWithErrors', undefined);
  for (const each of failed) context.deposit(SUBTENSOR, 'BatchWeightItemFailed', each);
  context.deposit(SUBTENSOR, 'BatchWeightsCompleted', [netuids, signerOf(context)]);
}
