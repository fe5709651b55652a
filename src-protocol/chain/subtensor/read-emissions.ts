import type { ApiPromise } from '@polkadot/api';
import type { EventRecord } from '@polkadot/types/interfaces';
import type { Vec } from '@polkadot/types-codec';
import * as v from 'valibot';
import { check } from '../../envelope.ts';
import { errorMessage, ProtocolError } from '../../errors.ts';
import type { Hotkey } from '../../ids.ts';
import { alpha, rao } from '../../units.ts';
import type { BlockRange, EmissionEvent, EmissionPage } from '../chain-client.ts';
import { type At, optionalStorage, runtimeApi, storage } from './items.ts';
import { alphaAmount, raoAmount } from './json-values.ts';
import { checkedColdkey as coldkey, count } from '../wire-values.ts';
import { FORGOTTEN, requireHeader } from './read-blocks.ts';

const RAO_PER_ALPHA_ONE = 1_000_000_000n;
/** Runs one reading within its own time limit. */
export type Ask = <T>(read: (api: ApiPromise) => Promise<T>) => Promise<T>;

/** Of one page: each takes some requests, and what was read should be written down before something breaks. */
const MAX_EPOCHS = 100;
const emittedSchema = v.tuple([count, v.array(alphaAmount)]);

/**
 * What a miner's hotkey was paid in epochs of these blocks: a page, from the newest backwards. Epochs are found by the block of
 * the last one as of each, so that no rule of when they are is needed: it has changed with the chain's versions. Where the node
 * has forgotten the state of old blocks the reading ends there; what was before comes from a node that keeps everything.
 * @throws ProtocolError when the chain's answer is none, or contradicts itself
 */
export async function readEmissions(
  ask: Ask,
  netuid: number,
  key: Hotkey,
  { afterBlock, untilBlock }: BlockRange,
): Promise<EmissionPage> {
  const found: EmissionEvent[] = [];
  const page = (after: number, isForgotten: boolean): EmissionPage => ({
    ...{ events: found.toReversed(), afterBlock: after, isForgotten },
  });
  let until = untilBlock;
  for (let epochs = 0; until > afterBlock && epochs < MAX_EPOCHS; epochs += 1) {
    try {
      const step = await ask((api) => readEpoch(api, netuid, key, { afterBlock, untilBlock: until }));
      if (step === null) return page(afterBlock, false);
      found.push(...step.paid);
      until = step.epoch - 1;
    } catch (error) {
      if (FORGOTTEN.test(errorMessage(error))) return page(until, true);
      throw error;
    }
  }
  return page(Math.max(until, afterBlock), false);
}

interface PaidEpoch {
  /** Its block. */
  readonly epoch: number;
  readonly paid: readonly EmissionEvent[];
}

/** The last epoch of these blocks; `null` when there is none, or nobody knew the hotkey yet: it can have been paid in none. */
async function readEpoch(
  api: ApiPromise,
  netuid: number,
  key: Hotkey,
  { afterBlock, untilBlock }: BlockRange,
): Promise<PaidEpoch | null> {
  const at = await stateAt(api, untilBlock);
  const [epoch, ownerBytes] = await Promise.all([
    lastEpochOf(at, netuid),
    storage(at, 'subtensorModule', 'owner').size(key),
  ]);
  if (epoch > untilBlock) throw new ProtocolError(`The chain tells at block ${untilBlock} of an epoch in ${epoch}`);
  if (epoch <= afterBlock || ownerBytes.isZero()) return null;
  const [paidAt, before] = await Promise.all([stateAt(api, epoch), stateAt(api, epoch - 1)]);
  if (paidAt.parentHash !== before.hash) {
    throw new ProtocolError(`Block ${epoch} of the chain does not follow from the one before`);
  }
  return { epoch, paid: await paidIn(paidAt, before, netuid, key) };
}

interface StateAt extends At {
  readonly block: number;
  readonly hash: string;
  readonly parentHash: string;
}

/** The state after a block, whose header the node must have shown. */
async function stateAt(api: ApiPromise, block: number): Promise<StateAt> {
  const hash = await api.rpc.chain.getBlockHash(block);
  if (hash.isEmpty) throw new ProtocolError(`The chain has no block ${block}`);
  const [header, { query, call, consts }] = await Promise.all([api.rpc.chain.getHeader(hash), api.at(hash)]);
  requireHeader(header, hash.toHex(), block);
  return { query, call, consts, block, hash: hash.toHex(), parentHash: header.parentHash.toHex() };
}

async function lastEpochOf(at: At, netuid: number): Promise<number> {
  // Before the epochs' clock was one of its own, in mid-2026, only the second was there.
  const item =
    optionalStorage(at, 'subtensorModule', 'lastEpochBlock') ??
    storage(at, 'subtensorModule', 'lastMechansimStepBlock');
  return check(count, (await item(netuid)).toJSON(), 'Block of the last epoch');
}

/** @param before the block before: epochs come first in theirs, and a newcomer may take a neuron's place after it */
async function paidIn(at: StateAt, before: At, netuid: number, key: Hotkey): Promise<readonly EmissionEvent[]> {
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
