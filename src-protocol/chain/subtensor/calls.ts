import type { ApiPromise } from '@polkadot/api';
import { assertNever } from '../../assert-never.ts';
import { check } from '../../envelope.ts';
import type { ChainCall } from '../chain-client.ts';
import { callOf, optionalStorage, storage } from './items.ts';
import { raoAmount } from './json-values.ts';
import { rawField } from './read-commitments.ts';
import type { Submittable } from './send-call.ts';

/** What the price of a registration may rise by until a block has it: 0.5 %, as the network's own command line does. */
const REGISTRATION_TOLERANCE = { parts: 5n, of: 1_000n };

/** A call of Millrace as one of this chain's. */
export async function makeCall(api: ApiPromise, call: ChainCall): Promise<Submittable> {
  switch (call.kind) {
    case 'register': {
      if (api.tx['subtensorModule']?.['registerLimit'] === undefined) {
        return callOf(api, 'subtensorModule', 'burnedRegister')(call.netuid, call.hotkey);
      }
      const price = check(raoAmount, (await storage(api, 'subtensorModule', 'burn')(call.netuid)).toJSON(), 'Burn');
      const limit = price + (price * REGISTRATION_TOLERANCE.parts) / REGISTRATION_TOLERANCE.of;
      return callOf(api, 'subtensorModule', 'registerLimit')(call.netuid, call.hotkey, limit);
    }
    case 'transfer':
      return callOf(api, 'balances', 'transferKeepAlive')(call.to, call.amountRao);
    case 'set-weights': {
      const version = await optionalStorage(api, 'subtensorModule', 'weightsVersionKey')?.(call.netuid);
      const [uids, weights] = [call.weights.map(({ uid }) => uid), call.weights.map(({ weight }) => weight)];
      return callOf(api, 'subtensorModule', 'setWeights')(call.netuid, uids, weights, version ?? 0);
    }
    case 'set-commitment':
      return callOf(api, 'commitments', 'setCommitment')(call.netuid, { fields: call.fields.map(rawField) });
    default:
      return assertNever(call, 'call');
  }
}
