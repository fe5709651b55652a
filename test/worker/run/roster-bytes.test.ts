import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { keyPairFromSeed } from '#protocol/keys.ts';
import { commitmentOf } from '#network/devnet/pallets/commitments/storage.ts';
import { appendNeuron } from '#network/devnet/pallets/subtensor/neuron-slots.ts';
import { validatorPermit } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { readRoster } from '#worker/run/roster.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet } from '../../support/devnet.ts';

const BLOCKS = 20;
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Members that have all committed an address; the first has a permit. */
const withMembers =
  (count: number) =>
  (state: State): void => {
    for (let n = 0; n < count; n += 1) {
      const { publicKey } = keyPairFromSeed(new Uint8Array(32).fill(7).fill(n, 0, 1));
      appendNeuron(state, { netuid: NETUID, hotkey: publicKey, block: 0 });
      const field = { type: 'Raw100', value: new Uint8Array(100).fill(n) } as const;
      state.set(commitmentOf, NETUID, publicKey, { deposit: 0n, block: 0, info: { fields: [field] } });
    }
    state.set(validatorPermit, NETUID, [true, ...Array.from({ length: count - 1 }, () => false)]);
  };

/** Bytes of what the chain sends to one that has read the roster, and reads it at each block of a round. */
async function bytesOfARound(members: number): Promise<number> {
  const devnet = await startTestDevnet(null, withMembers(members));
  ends.push(() => devnet.close());
  let bytes = 0;
  class Counted extends WebSocket {
    constructor(url: string, protocols: string[], options: object) {
      super(url, protocols, options);
      this.on('message', (message: Buffer) => (bytes += message.length));
    }
  }
  const chain = createSubtensorClient({ endpoints: [devnet.url], webSocket: Counted });
  const clock = createBlockClock(chain);
  ends.push(
    () => chain.close(),
    () => clock.stop(),
  );
  const signal = AbortSignal.timeout(60_000);
  await clock.waitFor(0, signal);
  const roster = await readRoster(chain, NETUID, signal);
  expect(roster.members).toHaveLength(members);
  expect(roster.members.every(({ committedAtBlock }) => committedAtBlock === 0)).toBe(true);
  bytes = 0;
  for (let block = 1; block <= BLOCKS; block += 1) {
    devnet.node.produceBlock(12_000 * block);
    await clock.waitFor(block, signal);
    await readRoster(chain, NETUID, signal);
  }
  return bytes;
}

it(
  'the bytes that a round costs with the chain hardly grow with the number of members',
  { timeout: 120_000 },
  async () => {
    const [few, many] = [await bytesOfARound(9), await bytesOfARound(72)];
    expect(many / few).toBeLessThan(1.1);
  },
);
