import { expect, test, vi, onTestFinished } from 'vitest';
import { linkChain } from '#main/core/chain-link.ts';
import { initialState } from '#main/core/initial-state.ts';
import { createStore } from '#main/core/store.ts';
import { devnetKeys } from '#main/core/session-keys.ts';
import { openWallet } from '#main/core/keys/wallet.ts';
import { keyPairFromSeed } from '#protocol/keys.ts';
import { createMemoryChain } from '../../support/memory-chain/memory-chain.ts';
import { temporaryHome } from '../temporary-home.ts';

const BLOCK_MS = 12_000;
const owner = keyPairFromSeed(new Uint8Array(32).fill(8)).address;

test('a chain that stands is said to be old after five blocks’ time, and no more with its next block', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const chain = createMemoryChain({
    ...{ blockMs: BLOCK_MS, netuid: 3, tempo: 360, ownerHotkey: owner, ownerColdkey: owner },
    ...{ validators: [], balances: [] },
  });
  const store = createStore(initialState('1', 'headless'));
  const first = await chain.produceBlock();
  let nowMs = first.timestampMs;
  const useChain = vi.fn();
  const end = linkChain({
    ...{
      chain,
      netuid: 3,
      keys: devnetKeys(openWallet(temporaryHome())),
      store,
      nowMs: () => nowMs,
      log: () => undefined,
    },
    earnings: { useChain, onBlock: () => undefined, recordRound: () => undefined, close: () => undefined },
    ledgerKey: (genesisHash) => `${genesisHash}#3`,
  });
  await vi.waitFor(() => expect(useChain).toHaveBeenCalledWith(chain, expect.stringMatching(/^[0-9a-f]{64}#3$/)));
  const advance = async (ms: number): Promise<void> => {
    nowMs += ms;
    await vi.advanceTimersByTimeAsync(ms);
  };
  await advance(5 * BLOCK_MS);
  expect(store.get().network.staleSinceMs).toBeNull();
  await advance(1);
  expect(store.get().network.staleSinceMs).toBe(first.timestampMs);
  await chain.produceBlock();
  expect(store.get().network.staleSinceMs).toBeNull();
  end();
  await advance(10 * BLOCK_MS);
  expect(store.get().network.staleSinceMs).toBeNull();
});
