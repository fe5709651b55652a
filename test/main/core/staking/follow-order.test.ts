import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { SignerPayloadJSON } from '@polkadot/types/types';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { State } from '#network/devnet/runtime/state.ts';
import { burn } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import { addressOf, keyPairFromSeed } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import { followOrder, type OrderProgress } from '#main/core/staking/follow-order.ts';
import type { Order } from '#main/core/staking/orders.ts';
import { NETUID } from '../../../support/devnet-calls.ts';
import { serveOverridden } from '../../../support/rpc-override.ts';
import { type StakingScene, startStakingScene } from './staking-scene.ts';

const TAO = 1_000_000_000n;
const friend = keyPairFromSeed(new Uint8Array(32).fill(6));
const transfer: Order = { kind: 'transfer', to: friend.address, amount: rao(TAO) };
const never = new AbortController().signal;
/** Blocks in which a transaction may be included, and how long they take. */
const LIFETIME = 64;
const LIFE_MS = LIFETIME * 12_000;

let scene: StakingScene;
beforeEach(async () => {
  scene = await startStakingScene();
});
afterEach(() => scene.close());

const received = (): bigint => freeBalance(new State(scene.devnet.node.headState), friend.publicKey);
const kinds = (progress: readonly OrderProgress[]): readonly string[] => progress.map(({ kind }) => kind);

describe('an order that was sent', () => {
  it('is on its way, in a block, and final', async () => {
    const { end, progress } = await scene.place([await scene.quoted(transfer)]);
    expect(kinds(progress)).toEqual(['pending', 'in-block', 'finalized']);
    expect(end).toEqual({ kind: 'finalized', block: 1 });
    expect(received()).toBe(TAO);
  });

  it('is found again after a restart, and not sent again', async () => {
    const written: SentCall[] = [];
    const crash = new AbortController();
    const placed = scene.place([await scene.quoted(transfer)], {
      ...{ signal: crash.signal, writeDown: (sent) => void written.push(sent) },
      onProgress: ({ kind }) => {
        if (kind === 'pending') crash.abort();
      },
    });
    await expect(placed).rejects.toMatchObject({ code: 'ABORTED' });
    const restarted = scene.connect();
    scene.pass(10);
    expect(await followOrder(restarted, written[0]!, () => undefined, never)).toMatchObject({ kind: 'finalized' });
    expect(scene.devnet.node.pool.entries).toHaveLength(0);
    expect(received()).toBe(TAO);
  });

  it('has never been when the crash came before it was sent, and that is known once no block can have it', async () => {
    const written: SentCall[] = [];
    const placed = scene.place([await scene.quoted(transfer)], {
      writeDown: (sent) => {
        written.push(sent);
        throw new Error('the disk is full');
      },
    });
    await expect(placed).rejects.toThrow('the disk is full');
    scene.wait(LIFE_MS);
    scene.pass(70);
    const end = await followOrder(scene.connect(), written[0]!, () => undefined, never);
    expect(end).toMatchObject({ kind: 'refused', error: 'Expired', block: null });
    expect(received()).toBe(0n);
  });

  it('is not void before its time is over by our own clock, and what a node hid is found', async () => {
    const written: SentCall[] = [];
    await scene.place([await scene.quoted(transfer)], { writeDown: (sent) => void written.push(sent) });
    scene.pass(70);
    let isLying = true;
    const hidden: number[] = [];
    const server = await serveOverridden(scene.devnet.node, {
      chain_getBlockHash:
        (right) =>
        ([number], caller) => {
          if (!isLying || typeof number !== 'number') return right([number], caller);
          hidden.push(number);
          return right([0], caller);
        },
    });
    const end = vi.fn();
    const followed = followOrder(scene.connect(server.url), written[0]!, () => undefined, never);
    void followed.then(end);
    // All of its life, and then its last block again as the next one comes.
    await vi.waitFor(() => expect(hidden.length).toBeGreaterThanOrEqual(LIFETIME), { interval: 1, timeout: 10_000 });
    scene.pass(1);
    await vi.waitFor(() => expect(hidden.length).toBeGreaterThan(LIFETIME), { interval: 1, timeout: 10_000 });
    expect(end).not.toHaveBeenCalled();
    expect(hidden.filter((number) => number === 1)).toHaveLength(1); // it begins anew before it gives up
    isLying = false;
    scene.wait(LIFE_MS);
    scene.pass(1);
    expect(await followed).toEqual({ kind: 'finalized', block: 1 });
    await server.close();
  });

  it('is not void because a node once showed its block without it', async () => {
    const written: SentCall[] = [];
    await scene.place([await scene.quoted(transfer)], { writeDown: (sent) => void written.push(sent) });
    scene.pass(70);
    let isLying = true;
    const shown = new Set<unknown>();
    const server = await serveOverridden(scene.devnet.node, {
      chain_getBlock:
        (right) =>
        ([hash], caller) => {
          shown.add(hash);
          const whole = right([hash], caller) as { readonly block: { readonly extrinsics: readonly string[] } };
          if (!isLying) return whole;
          return { ...whole, block: { ...whole.block, extrinsics: whole.block.extrinsics.slice(0, 1) } };
        },
    });
    const followed = followOrder(scene.connect(server.url), written[0]!, () => undefined, never);
    await vi.waitFor(() => expect(shown.size).toBe(LIFETIME), { interval: 1, timeout: 10_000 });
    isLying = false;
    scene.wait(LIFE_MS);
    scene.pass(1);
    expect(await followed).toEqual({ kind: 'finalized', block: 1 });
    await server.close();
  });

  it('keeps the reason of a block that refused it', async () => {
    const hotkey = addressOf(new Uint8Array(32).fill(5));
    const { order, quote } = await scene.quoted({ kind: 'register', hotkey, netuid: NETUID });
    const cost = new State(scene.devnet.node.headState).get(burn, NETUID);
    const tooLow = { ...quote, limit: { kind: 'cost', cost: rao(cost / 2n) } } as const;
    const { end, progress } = await scene.place([{ order, quote: tooLow }]);
    const message = expect.stringContaining('dearer than the limit') as string;
    expect(end).toMatchObject({ kind: 'refused', block: 1, error: 'RegistrationPriceLimitExceeded', message });
    expect(progress[1]).toMatchObject({ kind: 'in-block', failure: { message } });
  });

  it('is refused at once, and costs nothing, when the account cannot pay', async () => {
    const { end, progress } = await scene.place([await scene.quoted(transfer)], { signer: friend });
    expect(end).toMatchObject({ kind: 'refused', block: null, error: 'CannotPay' });
    expect(kinds(progress)).toEqual(['refused']);
  });

  it('may be signed by somebody else, who may also decline, or be wrong', async () => {
    const { alice, bob } = scene.devnet;
    const quoted = await scene.quoted(transfer);
    const { registry } = await scene.chain.connection.ready;
    const signerWith = (pair: typeof alice) => ({
      address: alice.address,
      signPayload: (payload: SignerPayloadJSON) =>
        Promise.resolve({
          id: 1,
          ...registry.createType('ExtrinsicPayload', payload, { version: payload.version }).sign(pair),
        }),
    });
    expect((await scene.place([quoted], { signer: signerWith(alice) })).end.kind).toBe('finalized');
    expect(received()).toBe(TAO);
    await expect(scene.place([quoted], { signer: signerWith(bob) })).rejects.toThrow('does not fit');
    const declining = { address: alice.address, signPayload: () => Promise.reject(new Error('Cancelled')) };
    await expect(scene.place([quoted], { signer: declining })).rejects.toThrow('Cancelled');
  });

  it('is not sent when a wallet gives back a transaction that it was not asked for', async () => {
    const { alice } = scene.devnet;
    const api = await scene.chain.connection.ready;
    const generous = {
      address: alice.address,
      signPayload: async ({ method, nonce }: SignerPayloadJSON) => {
        const tx = api.tx(api.registry.createType('Call', method));
        await tx.signAsync(alice, { nonce: Number(nonce), tip: TAO });
        return { id: 1, signature: `0x01${tx.signature.toHex().slice(2)}` as const, signedTransaction: tx.toHex() };
      },
    };
    const quoted = await scene.quoted(transfer);
    await expect(scene.place([quoted], { signer: generous })).rejects.toThrow('does not fit');
    // The signature may be right, and the transaction another.
    const twofold = {
      address: alice.address,
      signPayload: async (payload: SignerPayloadJSON) => {
        const { signedTransaction } = await generous.signPayload(payload);
        const asked = api.registry.createType('ExtrinsicPayload', payload, { version: payload.version });
        return { id: 1, ...asked.sign(alice), signedTransaction };
      },
    };
    await expect(scene.place([quoted], { signer: twofold })).rejects.toThrow('something else');
    scene.pass(1);
    expect(received()).toBe(0n);
  });
});
