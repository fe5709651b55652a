import type { ApiPromise } from '@polkadot/api';
import type { EventRecord } from '@polkadot/types/interfaces';
import type { Vec } from '@polkadot/types-codec';
import * as v from 'valibot';
import { check } from '../../envelope.ts';
import { errorMessage } from '../../errors.ts';
import type { Hotkey } from '../../ids.ts';
import { alpha, rao } from '../../units.ts';
import { type EmissionEvent, MAX_EMISSIONS_PER_QUERY } from '../chain-client.ts';
import { type At, optionalStorage, runtimeApi, storage } from './items.ts';
import { alphaAmount, raoAmount } from './json-values.ts';
import { checkedColdkey as coldkey, count } from '../wire-values.ts';
import { FORGOTTEN, readFinalized } from './read-blocks.ts';

const RAO_PER_ALPHA_ONE = 1_000_000_000n;
/** Runs one reading within its own time limit. */
export type Ask = <T>(read: (api: ApiPromise) => Promise<T>) => Promise<T>;

/** Two years of epochs of 360 blocks. */
const MAX_EPOCHS = 15_000;
const emittedSchema = v.tuple([count, v.array(alphaAmount)]);

/**
 * What a miner's hotkey was paid in epochs after a block, oldest first. Epochs are found backwards, by the block of the last one
 * as of each, so that no rule of when they are is needed: it has changed with the chain's versions. Where the node has forgotten
 * the state of old blocks the reading ends there; what was before comes from a node that keeps everything.
 * @throws ProtocolError when the chain's answer is none
 */
export async function readEmissions(
  ask: Ask,
  netuid: number,
  key: Hotkey,
  afterBlock: number,
): Promise<readonly EmissionEvent[]> {
  const found: EmissionEvent[] = [];
  let before: number | null = null;
  for (let epochs = 0; epochs < MAX_EPOCHS; epochs += 1) {
    const until: number | null = before;
    try {
      const step: PaidEpoch | null = await ask((api) => readEpoch(api, netuid, key, { until, afterBlock }));
      if (step === null) break;
      found.push(...step.paid);
      before = step.epoch - 1;
    } catch (error) {
      if (FORGOTTEN.test(errorMessage(error))) break;
      throw error;
    }
  }
  return found.reverse().slice(0, MAX_EMISSIONS_PER_QUERY);
}

interface PaidEpoch {
  /** Its block. */
  readonly epoch: number;
  readonly paid: readonly EmissionEvent[];
}

/** The last epoch up to block `until`, or the newest final one; `null` when it is not after `afterBlock`. */
async function readEpoch(
  api: ApiPromise,
  netuid: number,
  key: Hotkey,
  { until, afterBlock }: { readonly until: number | null; readonly afterBlock: number },
): Promise<PaidEpoch | null> {
  const at = await stateAt(api, until);
  const epoch = await lastEpochOf(at, netuid);
  if (epoch <= afterBlock || epoch === 0 || epoch > at.block) return null;
  const [paidAt, before] = await Promise.all([stateAt(api, epoch), stateAt(api, epoch - 1)]);
  return { epoch, paid: await paidIn(paidAt, before, netuid, key) };
}

async function stateAt(api: ApiPromise, number: number | null): Promise<At & { readonly block: number }> {
  const block = number ?? (await readFinalized(api));
  const hash = await api.rpc.chain.getBlockHash(block);
  const { query, call, consts } = await api.at(hash);
  return { query, call, consts, block };
}

async function lastEpochOf(at: At, netuid: number): Promise<number> {
  // Before the epochs' clock was one of its own, in mid-2026, only the second was there.
  const item =
    optionalStorage(at, 'subtensorModule', 'lastEpochBlock') ??
    storage(at, 'subtensorModule', 'lastMechansimStepBlock');
  return check(count, (await item(netuid)).toJSON(), 'Block of the last epoch');
}

/** @param before the block before: epochs come first in theirs, and a newcomer may take a neuron's place after it */
async function paidIn(
  at: At & { readonly block: number },
  before: At,
  netuid: number,
  key: Hotkey,
): Promise<readonly EmissionEvent[]> {
  const [events, uid, owner] = await Promise.all([
    storage(at, 'system', 'events')(),
    storage(before, 'subtensorModule', 'uids')(netuid, key),
    storage(before, 'subtensorModule', 'owner')(key),
  ]);
  if (uid.toJSON() === null) return [];
  const place = check(count, uid.toJSON(), 'Uid');
  let amount = 0n;
  for (const { event } of events as unknown as Vec<EventRecord>) {
    if (event.section !== 'subtensorModule' || event.method !== 'IncentiveAlphaEmittedToMiners') continue;
    const [index, emissions] = check(emittedSchema, event.data.toJSON(), 'Emission event');
    if (index === netuid) amount += emissions[place] ?? 0n;
  }
  if (amount === 0n) return [];
  const price = await priceAt(at, netuid);
  return [
    {
      ...{ block: at.block, hotkey: key, coldkey: check(coldkey, owner.toJSON(), 'Owner') },
      ...{ amountAlpha: alpha(amount), amountRao: rao((amount * price) / RAO_PER_ALPHA_ONE) },
    },
  ];
}

/** Rao for one alpha. */
async function priceAt(at: At, netuid: number): Promise<bigint> {
  const current = runtimeApi(at, 'swapRuntimeApi', 'currentAlphaPrice');
  return current === null ? 0n : check(raoAmount, (await current(netuid)).toJSON(), 'Price');
}
