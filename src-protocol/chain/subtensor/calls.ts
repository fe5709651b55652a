import type { ApiPromise } from '@polkadot/api';
import { assertNever } from '../../assert-never.ts';
import { fromHex } from '../../bytes.ts';
import { check } from '../../envelope.ts';
import type { Uid } from '../../ids.ts';
import { publicKeyOf } from '../../keys.ts';
import { RAO_PER_TAO } from '../../units.ts';
import type { ChainCall, WeightEntry } from '../chain-client.ts';
import { FINNEY_GENESIS } from '../genesis.ts';
import { asExpected, commitmentBytes, list, subtensorBytes, transferBytes, u16, u64 } from './call-bytes.ts';
import { callOf, optionalStorage, storage } from './items.ts';
import { raoAmount, whole } from './json-values.ts';
import { count } from '../wire-values.ts';
import { rawField } from './read-commitments.ts';
import { commitRevealRefusal, priceRefusal } from './refusal.ts';
import type { Refused, Submittable } from './send-call.ts';

/** What the price of a registration may rise by until a block has it: 0.5 %, as the network's own command line does. */
const REGISTRATION_TOLERANCE = { parts: 5n, of: 1_000n };

/** Above this no subnet's price rises (runtime/src/lib.rs, SubtensorInitialMaxBurn): a node that names more must not set our limit. */
const MOST_PRICE_RAO = 100n * RAO_PER_TAO;

const FULL_WEIGHT = 65_535;

/**
 * A call of Millrace as one of this chain's, or why it is better not sent.
 * @param signer address of who will sign it
 * @throws MillraceError CHAIN_REFUSED when the chain has no such call; ProtocolError when what it has under this name is another one
 */
export async function makeCall(api: ApiPromise, call: ChainCall, signer: string): Promise<Submittable | Refused> {
  switch (call.kind) {
    case 'register':
      return registration(api, call);
    case 'transfer': {
      const named = callOf(api, 'balances', 'transferKeepAlive')(call.to, call.amountRao);
      return asExpected(named, transferBytes(call.to, call.amountRao));
    }
    case 'set-weights': {
      const enabled = await optionalStorage(api, 'subtensorModule', 'commitRevealWeightsEnabled')?.(call.netuid);
      if (enabled?.toJSON() === true) return commitRevealRefusal();
      const found = await optionalStorage(api, 'subtensorModule', 'weightsVersionKey')?.(call.netuid);
      const version = check(whole, found?.toJSON() ?? 0, 'WeightsVersionKey');
      const entries = call.weights.length > 0 ? call.weights : await ownWeight(api, call.netuid, signer);
      const { uids, values, bytes } = listsOf(entries);
      const named = callOf(api, 'subtensorModule', 'setWeights')(call.netuid, uids, values, version);
      return asExpected(named, subtensorBytes('setWeights', u16(call.netuid), ...bytes, u64(version)));
    }
    case 'commit-weights': {
      const named = callOf(api, 'subtensorModule', 'commitWeights')(call.netuid, `0x${call.hash}`);
      return asExpected(named, subtensorBytes('commitWeights', u16(call.netuid), fromHex(call.hash)));
    }
    case 'reveal-weights': {
      const { netuid, salt, versionKey } = call;
      const { uids, values, bytes } = listsOf(call.weights);
      const named = callOf(api, 'subtensorModule', 'revealWeights')(netuid, uids, values, [...salt], versionKey);
      const rest = [list(salt.map(u16)), u64(versionKey)];
      return asExpected(named, subtensorBytes('revealWeights', u16(netuid), ...bytes, ...rest));
    }
    case 'set-commitment': {
      const named = callOf(api, 'commitments', 'setCommitment')(call.netuid, { fields: call.fields.map(rawField) });
      return asExpected(named, commitmentBytes(call.netuid, call.fields));
    }
    default:
      return assertNever(call, 'call');
  }
}

/** With a limit of the price. Older chains know none; on the main one a node that hides it would have us pay any price. */
async function registration(
  api: ApiPromise,
  { netuid, hotkey }: Extract<ChainCall, { kind: 'register' }>,
): Promise<Submittable | Refused> {
  const price = check(raoAmount, (await storage(api, 'subtensorModule', 'burn')(netuid)).toJSON(), 'Burn');
  if (price > MOST_PRICE_RAO) return priceRefusal(price);
  const [subnet, key] = [u16(netuid), publicKeyOf(hotkey)];
  const isMain = api.genesisHash.toHex() === `0x${FINNEY_GENESIS}`;
  if (!isMain && api.tx['subtensorModule']?.['registerLimit'] === undefined) {
    const named = callOf(api, 'subtensorModule', 'burnedRegister')(netuid, hotkey);
    return asExpected(named, subtensorBytes('burnedRegister', subnet, key));
  }
  const limit = price + (price * REGISTRATION_TOLERANCE.parts) / REGISTRATION_TOLERANCE.of;
  const named = callOf(api, 'subtensorModule', 'registerLimit')(netuid, hotkey, limit);
  return asExpected(named, subtensorBytes('registerLimit', subnet, key, u64(limit)));
}

const listsOf = (entries: readonly WeightEntry[]) => {
  const [uids, values] = [entries.map(({ uid }) => uid), entries.map(({ weight }) => weight)];
  return { uids, values, bytes: [list(uids.map(u16)), list(values.map(u16))] };
};

/**
 * Subtensor takes no empty list. Weight for oneself alone takes earlier weights back: it is always taken, and counts for nothing
 * (pallets/subtensor/src/subnets/weights.rs, is_self_weight; epoch/run_epoch.rs masks it).
 */
async function ownWeight(api: ApiPromise, netuid: number, signer: string): Promise<readonly WeightEntry[]> {
  const uid = (await storage(api, 'subtensorModule', 'uids')(netuid, signer)).toJSON();
  return uid === null ? [] : [{ uid: check(count, uid, 'Uid') as Uid, weight: FULL_WEIGHT }];
}
