import { vec } from '../../scale/composites.ts';
import { h256, u16, u64 } from '../../scale/primitives.ts';
import { type CallDefinition, freeCall } from '../../metadata/pallet.ts';
import { BATCH_WEIGHT_CALLS } from './batch-weight-calls.ts';
import { commitWeights, revealWeights } from './commit-weights.ts';
import { FIRST_MECHANISM } from './mechanisms.ts';
import { setWeights } from './set-weights.ts';
import { mechId, netUid } from './types.ts';

/** Calls of validators' hotkeys, free of the fee. */
export const WEIGHT_CALLS: Readonly<Record<string, CallDefinition>> = {
  set_weights: freeCall(
    0,
    { netuid: netUid, dests: vec(u16), weights: vec(u16), versionKey: u64 },
    (context, { netuid, dests, weights, versionKey }) =>
      setWeights(context, { netuid, mecid: FIRST_MECHANISM, uids: dests, values: weights, versionKey }),
  ),
  commit_weights: freeCall(96, { netuid: netUid, commitHash: h256 }, (context, { netuid, commitHash }) =>
    commitWeights(context, { netuid, mecid: FIRST_MECHANISM }, commitHash),
  ),
  reveal_weights: freeCall(
    97,
    { netuid: netUid, uids: vec(u16), values: vec(u16), salt: vec(u16), versionKey: u64 },
    (context, { salt, ...given }) => revealWeights(context, { ...given, mecid: FIRST_MECHANISM }, salt),
  ),
  set_mechanism_weights: freeCall(
    119,
    { netuid: netUid, mecid: mechId, dests: vec(u16), weights: vec(u16), versionKey: u64 },
    (context, { netuid, mecid, dests, weights, versionKey }) =>
      setWeights(context, { netuid, mecid, uids: dests, values: weights, versionKey }),
  ),
  commit_mechanism_weights: freeCall(
    115,
    { netuid: netUid, mecid: mechId, commitHash: h256 },
    (context, { commitHash, ...mechanism }) => commitWeights(context, mechanism, commitHash),
  ),
  reveal_mechanism_weights: freeCall(
    116,
    { netuid: netUid, mecid: mechId, uids: vec(u16), values: vec(u16), salt: vec(u16), versionKey: u64 },
    (context, { salt, ...given }) => revealWeights(context, given, salt),
  ),
  ...BATCH_WEIGHT_CALLS,
};
