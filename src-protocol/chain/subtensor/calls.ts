import type { ApiPromise } from '@polkadot/api';
import { assertNever } from '../../assert-never.ts';
import { check } from '../../envelope.ts';
import type { Uid } from '../../ids.ts';
import { RAO_PER_TAO } from '../../units.ts';
import type { ChainCall, WeightEntry } from '../chain-client.ts';
import { callOf, optionalStorage, storage } from './items.ts';
import { raoAmount } from './json-values.ts';
import { count } from '../wire-values.ts';
import { rawField } from './read-commitments.ts';
import { commitRevealRefusal, priceRefusal } from './refusal.ts';
import type { Refused, Submittable } from './send-call.ts';

/** What the price of a registration may rise by until a block has it: 0.5 %, as the network's own command line does. */
const REGISTRATION_TOLERANCE = { parts: 5n, of: 1_000n };

/** Above this no subnet's price rises (runtime/src/lib.rs, SubtensorInitialMaxBurn): a node that names more must not set our limit. */
const MOST_PRICE_RAO = 100n * RAO_PER_TAO;

const FULL_WEIGHT = 65_535;

/** A call of Millrace as one of this chain's, or why it is better not sent. @param signer address of who will sign it */
export async function makeCall(api: ApiPromise, call: ChainCall, signer: string): Promise<Submittable | Refused> {
  switch (call.kind) {
    case 'register': {
      const price = check(raoAmount, (await storage(api, 'subtensorModule', 'burn')(call.netuid)).toJSON(), 'Burn');
      if (price > MOST_PRICE_RAO) return priceRefusal(price);
      if (api.tx['subtensorModule']?.['registerLimit'] === undefined) {
        return callOf(api, 'subtensorModule', 'burnedRegister')(call.netuid, call.hotkey);
      }
      const limit = price + (price * REGISTRATION_TOLERANCE.parts) / REGISTRATION_TOLERANCE.of;
      return callOf(api, 'subtensorModule', 'registerLimit')(call.netuid, call.hotkey, limit);
    }
    case 'transfer':
      return callOf(api, 'balances', 'transferKeepAlive')(call.to, call.amountRao);
    case 'set-weights': {
      const enabled = await optionalStorage(api, 'subtensorModule', 'commitRevealWeightsEnabled')?.(call.netuid);
      if (enabled?.toJSON() === true) return commitRevealRefusal();
      const version = await optionalStorage(api, 'subtensorModule', 'weightsVersionKey')?.(call.netuid);
      const entries = call.weights.length > 0 ? call.weights : await ownWeight(api, call.netuid, signer);
      const [uids, weights] = [entries.map(({ uid }) => uid), entries.map(({ weight }) => weight)];
      return callOf(api, 'subtensorModule', 'setWeights')(call.netuid, uids, weights, version ?? 0);
    }
    case 'commit-weights':
      return callOf(api, 'subtensorModule', 'commitWeights')(call.netuid, `0x${call.hash}`);
    case 'reveal-weights': {
      const [uids, values] = [call.weights.map(({ uid }) => uid), call.weights.map(({ weight }) => weight)];
      const reveal = callOf(api, 'subtensorModule', 'revealWeights');
      return reveal(call.netuid, uids, values, [...call.salt], call.versionKey);
    }
    case 'set-commitment':
      return callOf(api, 'commitments', 'setCommitment')(call.netuid, { fields: call.fields.map(rawField) });
    default:
      return assertNever(call, 'call');
  }
}

/**
 * Subtensor takes no empty list. Weight for oneself alone takes earlier weights back: it is always taken, and counts for nothing
 * (pallets/subtensor/src/subnets/weights.rs, is_self_weight; epoch/run_epoch.rs masks it).
 */
async function ownWeight(api: ApiPromise, netuid: number, signer: string): Promise<readonly WeightEntry[]> {
  const uid = (await storage(api, 'subtensorModule', 'uids')(netuid, signer)).toJSON();
  return uid === null ? [] : [{ uid: check(count, uid, 'Uid') as Uid, weight: FULL_WEIGHT }];
}
