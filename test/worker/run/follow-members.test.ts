import { expect, it } from 'vitest';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { keepAddressCommitted } from '#worker/run/committed-address.ts';
import { followMembers } from '#worker/run/follow-members.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { NETUID, testGenesis, testKey, validator } from '../../support/chain-fixtures.ts';
import { createMemoryChain, type MemoryChain } from '../../support/memory-chain/memory-chain.ts';

function chainOfOne(): MemoryChain {
  return createMemoryChain(
    testGenesis({
      ownerHotkey: hotkeyOf(validator.hot),
      ownerColdkey: coldkeyOf(validator.cold),
      validators: [{ hotkey: hotkeyOf(validator.hot), coldkey: coldkeyOf(validator.cold), stakeAlpha: '5000000000' }],
    }),
  );
}

async function commit(chain: MemoryChain, address: string): Promise<void> {
  const signal = new AbortController().signal;
  const done = publishCommitment(chain, NETUID, { ...NO_COMMITMENT, address }, validator.hot, signal);
  await chain.produceBlock();
  await done;
}

it('a node is introduced to its bootstrap list at once, and to the members that the chain names again and again', async () => {
  const chain = chainOfOne();
  await commit(chain, '/first');
  const introduced: (readonly string[])[] = [];
  const stopping = new AbortController();
  const following = followMembers(
    {
      ...{ chain, clock: createBlockClock(chain), netuid: NETUID, own: hotkeyOf(testKey(9)), bootstrap: ['/start'] },
      peer: { introduce: (addresses) => void introduced.push(addresses) },
      warn: expect.unreachable,
    },
    stopping.signal,
  );
  expect(introduced).toEqual([['/start']]);
  await expect.poll(() => introduced.at(-1)).toEqual(['/start', '/first']);
  await commit(chain, '/second');
  await chain.produceUntil(chain.node.tip().head.number + 10);
  await expect.poll(() => introduced.at(-1)).toEqual(['/start', '/second']);
  stopping.abort();
  await following;
});

it('a changed address is committed, not more often than every few blocks, and again when that failed', async () => {
  const chain = chainOfOne();
  let tell: (address: string) => void = expect.unreachable;
  let address = '/before';
  const committed: string[] = [];
  const warnings: string[] = [];
  const stopping = new AbortController();
  keepAddressCommitted(
    {
      peer: {
        address: () => address,
        onAddress: (listener) => {
          tell = listener;
          return () => (tell = expect.unreachable);
        },
      },
      ...{ clock: createBlockClock(chain), committed: '/before' },
      commit: () => {
        committed.push(address);
        return committed.length === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
      },
      warn: (message) => void warnings.push(message),
    },
    stopping.signal,
  );
  const change = (to: string): void => {
    address = to;
    tell(to);
  };
  change('/one');
  await expect.poll(() => warnings.length).toBe(1);
  change('/two');
  change('/three');
  expect(committed).toEqual(['/one']);
  await chain.produceUntil(5);
  await expect.poll(() => committed).toEqual(['/one', '/three']);
  await chain.produceUntil(20);
  stopping.abort();
  expect(committed).toEqual(['/one', '/three']);
});
