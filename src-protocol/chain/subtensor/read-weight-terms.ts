import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { check } from '../../envelope.ts';
import type { Hotkey, Uid } from '../../ids.ts';
import type { WeightTerms } from '../chain-client.ts';
import { count } from '../wire-values.ts';
import { type At, optionalStorage, storage } from './items.ts';
import { hash, whole } from './json-values.ts';
import { readHeader } from './read-blocks.ts';

/** The chain keeps ten for each hotkey; a node that lists more without end would fill our memory. */
const MAX_COMMITS = 64;
const MAX_UIDS = 4_096;

const commitsSchema = v.nullable(
  v.pipe(v.array(v.tuple([hash, count, v.unknown(), v.unknown()])), v.maxLength(MAX_COMMITS)),
);

const UNSUPPORTED =
  'This subnet takes weights only in two steps, and this chain has no commit by plain hash with reveals by epoch counter ' +
  '(commit_weights, reveal_weights, SubnetEpochIndex): weights timelocked by drand are all that is left, which Millrace does not make';

/**
 * How a hotkey sets weights, as of one block. Source: opentensor/subtensor, pallets/subtensor/src/subnets/weights.rs.
 * CommitRevealWeightsVersion (4) binds timelocked commits alone: internal_commit_weights does not look at it, so wherever weights
 * are committed to, the plain hash is taken beside them; a subnet has no parameter that forbids it.
 * @throws ProtocolError when the chain's answer is none
 */
export async function readWeightTerms(api: ApiPromise, netuid: number, hotkey: Hotkey): Promise<WeightTerms> {
  const head = await readHeader(api, (await api.rpc.chain.getBlockHash()).toHex());
  const at = await api.at(`0x${head.hash}`);
  const isCommitted = await optionalStorage(at, 'subtensorModule', 'commitRevealWeightsEnabled')?.(netuid);
  if (isCommitted?.toJSON() !== true) return { kind: 'open' };
  const calls = api.tx['subtensorModule'];
  if (calls?.['commitWeights'] === undefined || calls['revealWeights'] === undefined)
    return { kind: 'unsupported', why: UNSUPPORTED };
  if (optionalStorage(at, 'subtensorModule', 'subnetEpochIndex') === null)
    return { kind: 'unsupported', why: UNSUPPORTED };
  const read = async (name: string, ...keys: readonly unknown[]): Promise<unknown> =>
    (await storage(at, 'subtensorModule', name)(...keys)).toJSON();
  const [epoch, period, version, uid, updates, limit, commits] = await Promise.all([
    nextEpoch(at, netuid, head.number + 1),
    read('revealPeriodEpochs', netuid),
    read('weightsVersionKey', netuid),
    read('uids', netuid, hotkey),
    read('lastUpdate', netuid),
    read('weightsSetRateLimit', netuid),
    read('weightCommits', netuid, hotkey),
  ]);
  const own = check(v.nullable(count), uid, 'Uid');
  const lastUpdates = check(v.pipe(v.array(count), v.maxLength(MAX_UIDS)), updates, 'LastUpdate');
  const last = own === null ? 0 : (lastUpdates[own] ?? 0);
  return {
    ...{ kind: 'commit-reveal', epoch, uid: own as Uid | null },
    revealPeriodEpochs: check(count, period, 'RevealPeriodEpochs'),
    versionKey: check(whole, version, 'WeightsVersionKey'),
    canCommit: last === 0 || BigInt(head.number + 1 - last) >= check(whole, limit, 'WeightsSetRateLimit'),
    commits: (check(commitsSchema, commits, 'WeightCommits') ?? []).map(([of, at]) => ({ hash: of, epoch: at })),
  };
}

/**
 * The epoch of a call in the next block: one more when that block ends an epoch. Source: weights.rs
 * (current_epoch_with_lookahead), coinbase/run_coinbase.rs (should_run_epoch). Left out: epochs that run because none has for
 * a week; the chain then refuses a reveal as too early, and the next block's is right.
 */
async function nextEpoch(at: At, netuid: number, block: number): Promise<number> {
  const [index, tempo, last, pending] = await Promise.all(
    ['subnetEpochIndex', 'tempo', 'lastEpochBlock', 'pendingEpochAt'].map(async (name) =>
      check(count, (await storage(at, 'subtensorModule', name)(netuid)).toJSON(), name),
    ),
  );
  const isPending = pending !== undefined && pending > 0 && block >= pending;
  const isDue = tempo !== undefined && tempo > 0 && (isPending || block - (last ?? 0) >= tempo);
  return (index ?? 0) + (isDue ? 1 : 0);
}
