import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Provenance } from '#protocol/export/folder.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { burn } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { askChain } from '#worker/export/ask-chain.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { startTestDevnet } from '../../support/devnet.ts';

const DEAD = 'ws://127.0.0.1:9';
const signer = hotkeyOf(keyPairFromSeed(new Uint8Array(32).fill(1)));

test('asks the chain that was chosen, where the first addresses are dead or another chain’s', async () => {
  const open = async (genesis?: (state: State) => void) => {
    const devnet = await startTestDevnet(null, genesis);
    onTestFinished(() => devnet.close());
    return devnet;
  };
  const [other, meant] = [await open(), await open((state) => state.set(burn, NETUID, 12_345_678n))];
  const client = createSubtensorClient({ endpoints: [meant.url], webSocket: WebSocket });
  onTestFinished(() => client.close());
  const { genesisHash } = await client.info();
  const found = await askChain(
    { endpoints: [DEAD, other.url, meant.url], name: 'custom', genesisHash },
    NETUID,
    { said: { chain: { genesisHash } } as Provenance, runSpec: 'ab' as BlobHash, signer },
    new AbortController().signal,
  );
  expect(found.problems).toEqual([
    expect.stringContaining('publishes another run'),
    expect.stringContaining('is no validator of subnet'),
  ]);
});
