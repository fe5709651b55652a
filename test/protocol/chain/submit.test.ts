import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { burn, commitRevealWeightsEnabled } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { RPC_CODES, RpcError } from '#network/devnet/rpc/rpc-error.ts';
import type { RpcMethod } from '#network/devnet/rpc/rpc-method.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { coldkeyOf, hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { rao, RAO_PER_TAO } from '#protocol/units.ts';
import { NETUID } from '../../support/devnet-calls.ts';
import { sr25519PairFromUri } from '../../support/devnet-keys.ts';
import { startTestDevnet, type TestDevnet } from '../../support/devnet.ts';
import { serveOverridden } from '../../support/rpc-override.ts';

const alice = sr25519PairFromUri('//Alice');
const hotkey = hotkeyOf(keyPairFromSeed(new Uint8Array(32).fill(1)));
const call = { kind: 'register', netuid: NETUID, hotkey } as const;
/** Blocks in which a transaction may be included. */
const LIFETIME = 64;
const HASH = `0x${'5'.repeat(64)}`;

let devnet: TestDevnet;
const ends: (() => unknown)[] = [];
beforeEach(async () => {
  devnet = await startTestDevnet(null);
});
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
  await devnet.close();
});

async function clientOf(
  overrides: Readonly<Record<string, (right: RpcMethod) => RpcMethod>>,
  submitTimeoutMs = 60_000,
  nowMs = Date.now,
): Promise<ChainClient> {
  const server = await serveOverridden(devnet.node, overrides);
  const client = createSubtensorClient({ endpoints: [server.url], webSocket: WebSocket, submitTimeoutMs, nowMs });
  ends.push(() => client.close(), server.close);
  return client;
}
const makeBlocks = (count: number): void => {
  for (let i = 0; i < count; i += 1) devnet.node.produceBlock(Date.now());
};

describe('a call that was sent', () => {
  it('is given up only when the last block that may have it is final, and its time over by our own clock', async () => {
    let isSent = false;
    let nowMs = 1_000_000;
    const read = new Set<unknown>();
    let askedFor: unknown[] = [];
    const chain = await clientOf(
      {
        author_submitExtrinsic: () => () => {
          isSent = true; // and forgotten
          return HASH;
        },
        chain_getBlock:
          (right) =>
          ([hash], caller) => {
            read.add(hash);
            return right([hash], caller);
          },
        chain_getBlockHash:
          (right) =>
          ([number], caller) => {
            askedFor.push(number);
            return right([number], caller);
          },
      },
      60_000,
      () => nowMs,
    );
    const outcome = vi.fn();
    const said = chain.submit(call, alice);
    void said.then(outcome);
    await vi.waitFor(() => expect(isSent).toBe(true), { interval: 1, timeout: 5_000 });
    makeBlocks(LIFETIME);
    const last = devnet.node.head;
    expect(devnet.node.finalized.header.number).toBeLessThan(LIFETIME);
    await vi.waitFor(() => expect(read).toContain(`0x${last.hash}`), { interval: 1, timeout: 5_000 });
    await chain.head(); // it has dealt with what it was told before
    expect(outcome).not.toHaveBeenCalled();
    askedFor = [];
    makeBlocks(LIFETIME - devnet.node.finalized.header.number);
    const { number } = devnet.node.head.header;
    await new Promise<void>((resolve) => chain.onBlock((block) => block.number === number && resolve()));
    await chain.head();
    expect(outcome).not.toHaveBeenCalled();
    expect(askedFor).not.toContain(1); // as it does before it gives up
    nowMs += LIFETIME * 12_000;
    makeBlocks(1);
    expect(await said).toMatchObject({ kind: 'refused', error: 'Expired' });
  });

  it('is named when nobody waits for it any longer, because it may still come', async () => {
    const chain = await clientOf({ author_submitExtrinsic: () => () => HASH }, 4_000);
    const error: unknown = await chain.submit(call, alice).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'TIMEOUT' });
    const { message } = error as Error;
    expect(message).toMatch(/the transaction 0x[\da-f]{64} was sent, and a block up to 64 may still include it/);
  });

  it('is not sent anew when the node says that it has it already', async () => {
    let sent = 0;
    const chain = await clientOf({
      author_submitExtrinsic: (right) => (params, caller) => {
        sent += 1;
        right(params, caller);
        throw new RpcError(RPC_CODES.alreadyImported, 'Transaction is already imported');
      },
    });
    const said = chain.submit(call, alice);
    await vi.waitFor(() => expect(devnet.node.pool.entries).toHaveLength(1), { interval: 1, timeout: 5_000 });
    makeBlocks(1);
    expect(await said).toEqual({ kind: 'included', block: 1 });
    expect(sent).toBe(1);
  });

  it('is sent anew when another of the account was faster, but no payment: the node may have passed it on all the same', async () => {
    let sent = 0;
    const chain = await clientOf({
      author_submitExtrinsic: (right) => (params, caller) => {
        sent += 1;
        const hash = right(params, caller);
        if (sent === 1) throw new RpcError(RPC_CODES.tooLowPriority, 'Priority is too low: (1 vs 1)');
        return hash;
      },
    });
    const to = coldkeyOf(keyPairFromSeed(new Uint8Array(32).fill(2)));
    const paid = await chain.submit({ kind: 'transfer', to, amountRao: rao(RAO_PER_TAO) }, alice);
    expect(paid).toMatchObject({ kind: 'refused', error: 'StaleNonce' });
    expect(devnet.node.pool.entries).toHaveLength(1);
    makeBlocks(1);
    sent = 0;
    const registered = chain.submit(call, alice);
    await vi.waitFor(() => expect(devnet.node.pool.entries).toHaveLength(2), { interval: 1, timeout: 5_000 });
    makeBlocks(1);
    // Of two registrations of one hotkey the chain does one, which raises the price.
    expect(await registered).toMatchObject({ kind: 'refused', error: 'RegistrationPriceLimitExceeded' });
    expect(sent).toBe(2);
  });

  it('is not even signed at a price that no subnet asks', async () => {
    await devnet.close();
    devnet = await startTestDevnet(null, (state) => state.set(burn, NETUID, 101n * RAO_PER_TAO));
    const chain = await clientOf({});
    const outcome = await chain.submit(call, alice);
    expect(outcome).toMatchObject({ kind: 'refused', error: 'PriceTooHigh' });
    expect(outcome.kind === 'refused' && outcome.message).toContain('101');
    expect(devnet.node.pool.entries).toEqual([]);
  });
});

describe('weights of a subnet that takes them in two steps', () => {
  it('are refused in words, and not sent in one', async () => {
    await devnet.close();
    devnet = await startTestDevnet(null, (state) => state.set(commitRevealWeightsEnabled, NETUID, true));
    const chain = await clientOf({});
    const outcome = await chain.submit({ kind: 'set-weights', netuid: NETUID, weights: [] }, alice);
    expect(outcome).toMatchObject({ kind: 'refused', error: 'CommitRevealEnabled' });
    expect(outcome.kind === 'refused' && outcome.message).toContain(
      'committed to in one epoch, and revealed in a later one',
    );
    expect(devnet.node.pool.entries).toEqual([]);
  });
});

describe('a node that lies', () => {
  it('cannot call a block final that it does not show', async () => {
    makeBlocks(5);
    const far = { chain_getHeader: lyingHeader };
    await expect((await clientOf(far)).finalized()).rejects.toMatchObject({ code: 'PROTOCOL' });
  });

  it('cannot name an hour that no clock shows', async () => {
    makeBlocks(1);
    const chain = await clientOf({
      state_getStorage:
        (right) =>
        ([key, at], caller) =>
          String(key).startsWith(TIMESTAMP) ? `0x${'f'.repeat(16)}` : right([key, at], caller),
    });
    await expect(chain.head()).rejects.toMatchObject({ code: 'PROTOCOL' });
  });
});

/** twox128 of `Timestamp`. */
const TIMESTAMP = '0xf0c365c3cf59d671eb72da0e7a4113c4';

const lyingHeader =
  (right: RpcMethod): RpcMethod =>
  (params, caller) => {
    const header = right(params, caller) as { readonly number: string };
    return { ...header, number: '0x3b9aca00' };
  };
