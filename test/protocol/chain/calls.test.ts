import type { ApiPromise } from '@polkadot/api';
import { commitRevealWeightsEnabled } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ChainCall } from '#protocol/chain/chain-client.ts';
import { makeCall } from '#protocol/chain/subtensor/calls.ts';
import { connectLiveChain, type LiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { FINNEY_GENESIS } from '#protocol/chain/genesis.ts';
import type { Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';

let devnet: TestDevnet;
let chain: LiveChain;
let api: ApiPromise;
beforeAll(async () => {
  devnet = await startTestDevnet(null, (state) => state.set(commitRevealWeightsEnabled, NETUID, false));
  chain = connectLiveChain({ endpoints: [devnet.url], webSocket: WebSocket, timeoutMs: 10_000 }, () => undefined);
  api = await chain.connection.ready;
});
afterAll(async () => {
  chain.close();
  await devnet.close();
});

const pair = keyPairFromSeed(new Uint8Array(32).fill(7));
const netuid = NETUID;
const weights = Array.from({ length: 70 }, (_, i) => ({ uid: i as Uid, weight: 65_535 - i }));
/** One of each kind, with lists and fields of lengths that are written differently. */
const CALLS: Readonly<Record<ChainCall['kind'], readonly ChainCall[]>> = {
  register: [{ kind: 'register', netuid, hotkey: hotkeyOf(pair) }],
  transfer: [
    { kind: 'transfer', to: coldkeyOf(pair), amountRao: rao(1n) },
    { kind: 'transfer', to: coldkeyOf(pair), amountRao: rao(123_456_789_012_345n) },
  ],
  'set-weights': [{ kind: 'set-weights', netuid, weights }],
  'commit-weights': [{ kind: 'commit-weights', netuid, hash: 'ab'.repeat(32) }],
  'reveal-weights': [{ kind: 'reveal-weights', netuid, weights, salt: [1, 2, 65_535], versionKey: 1n << 60n }],
  'set-commitment': [
    { kind: 'set-commitment', netuid, fields: [] },
    { kind: 'set-commitment', netuid, fields: [0, 1, 128].map((length) => new Uint8Array(length).fill(9)) },
  ],
};
const NAMES: Readonly<Record<ChainCall['kind'], readonly [pallet: string, call: string]>> = {
  register: ['subtensorModule', 'registerLimit'],
  transfer: ['balances', 'transferKeepAlive'],
  'set-weights': ['subtensorModule', 'setWeights'],
  'commit-weights': ['subtensorModule', 'commitWeights'],
  'reveal-weights': ['subtensorModule', 'revealWeights'],
  'set-commitment': ['commitments', 'setCommitment'],
};
const kinds = Object.keys(CALLS) as readonly ChainCall['kind'][];

/** A node whose metadata gives a call's name to another, or to none. */
function lying([pallet, call]: readonly [string, string], other: unknown): ApiPromise {
  const calls = new Proxy(api.tx[pallet]!, {
    get: (real, name) => (name === call ? other : (Reflect.get(real, name) as unknown)),
  });
  const tx = new Proxy(api.tx, {
    get: (real, name) => (name === pallet ? calls : (Reflect.get(real, name) as unknown)),
  });
  return new Proxy(api, { get: (real, name) => (name === 'tx' ? tx : (Reflect.get(real, name) as unknown)) });
}

describe('a call of the client itself', () => {
  it.each(kinds)('%s is believed when it is what Subtensor has', async (kind) => {
    for (const call of CALLS[kind]) {
      const made = await makeCall(api, call, pair.address);
      const [pallet, name] = NAMES[kind];
      expect('method' in made && [made.method.section, made.method.method]).toEqual([pallet, name]);
    }
  });

  it.each(kinds)('%s is not signed when the node has another call under its name', async (kind) => {
    const everything = () => api.tx['balances']!['transferAll']!(pair.address, false);
    const attempt = makeCall(lying(NAMES[kind], everything), CALLS[kind][0]!, pair.address);
    await expect(attempt).rejects.toThrow('Nothing was signed');
  });

  it('is not signed without a limit of its price on the main chain, whose node hides that there is one', async () => {
    const old = lying(NAMES.register, undefined);
    const [register] = CALLS.register;
    const made = await makeCall(old, register!, pair.address);
    expect('method' in made && made.method.method).toBe('burnedRegister');
    const main = new Proxy(old, {
      get: (real, name) =>
        name === 'genesisHash' ? { toHex: () => `0x${FINNEY_GENESIS}` } : (Reflect.get(real, name) as unknown),
    });
    await expect(makeCall(main, register!, pair.address)).rejects.toMatchObject({ code: 'CHAIN_REFUSED' });
  });
});
