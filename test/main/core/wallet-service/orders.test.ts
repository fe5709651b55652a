import { describe, expect, it } from 'vitest';
import { freeBalance } from '#network/devnet/runtime/money.ts';
import { State } from '#network/devnet/runtime/state.ts';
import type { CallSigner } from '#protocol/chain/subtensor/send-call.ts';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { MillraceError } from '#protocol/errors.ts';
import { addressOf, keyPairFromSeed } from '#protocol/keys.ts';
import type { OpenedSigner } from '#main/core/wallet-service/signers.ts';
import { NETUID } from '../../../support/devnet-calls.ts';
import { alice } from '../staking/staking-scene.ts';
import { type RunningWallet, startWalletScene, type WalletScene } from './wallet-scene.ts';

const TAO = 1_000_000_000n;
const friend = keyPairFromSeed(new Uint8Array(32).fill(6));
const transfer: OrderInput = { kind: 'transfer', to: friend.address, amount: TAO.toString() };

const received = ({ chain }: WalletScene): bigint =>
  freeBalance(new State(chain.devnet.node.headState), friend.publicKey);

const placeWith = async (wallet: RunningWallet, signing: object, quoteId?: string): Promise<string> => {
  const payload = { quoteId: quoteId ?? (await wallet.quoteId(transfer)), signing };
  return ((await wallet.command('wallet.place', payload)) as { readonly orderId: string }).orderId;
};
const place = (wallet: RunningWallet, quoteId?: string) => placeWith(wallet, { kind: 'devnet' }, quoteId);

/** Somebody who has not decided yet. */
function slowSigner() {
  let decide: (error: Error) => void = () => undefined;
  const asked: string[] = [];
  const signer: CallSigner = {
    address: alice.address,
    signPayload: () => new Promise((_, reject) => (decide = reject)),
  };
  const extension = ({ shown }: { readonly shown: { readonly title: string } }): CallSigner => {
    asked.push(shown.title);
    return signer;
  };
  return { asked, extension, decline: (error: Error) => decide(error) };
}

/** A busy machine may be slow. */
const eventually = <T>(read: () => T) => expect.poll(read, { interval: 5, timeout: 10_000 });

describe('an order of the wallet', () => {
  it('is quoted, placed, and followed until it is final, and the stake shows it', async () => {
    const { wallet, chain } = await startWalletScene();
    const hotkey = chain.devnet.validator.address;
    const stake: OrderInput = { kind: 'stake', hotkey, netuid: NETUID, amount: (2n * TAO).toString() };
    const id = await place(wallet, await wallet.quoteId(stake));
    expect(wallet.order(id)).toMatchObject({ status: { kind: 'signing' }, hash: null, order: stake });
    const order = await wallet.until(id, 'finalized');
    expect(order).toMatchObject({
      status: { block: 1 },
      pays: { unit: 'tao', amount: '2000000000' },
      explorerUrl: null,
    });
    expect(order.hash).toMatch(/^0x[\da-f]{64}$/);
    expect(order.receives).toMatchObject({ unit: 'alpha', netuid: NETUID });
    await eventually(() => wallet.store.get().wallet.stake?.positions).toMatchObject([{ hotkey, netuid: NETUID }]);
  });

  it('keeps the reason of a block that refused it', async () => {
    const { wallet, chain } = await startWalletScene();
    const hotkey = chain.devnet.validator.address;
    const unstake: OrderInput = { kind: 'unstake', hotkey, netuid: NETUID, amount: 'everything' };
    const stake: OrderInput = { kind: 'stake', hotkey, netuid: NETUID, amount: (2n * TAO).toString() };
    await wallet.until(await place(wallet, await wallet.quoteId(stake)), 'finalized');
    const [first, second] = [await wallet.quoteId(unstake), await wallet.quoteId(unstake)];
    await wallet.until(await place(wallet, first), 'finalized');
    const refused = await wallet.until(await place(wallet, second), 'refused');
    const { status } = refused;
    expect(status.kind === 'refused' && status.message.length > 10).toBe(true);
  });

  it('is signed only as it was shown, and once', async () => {
    let nowMs = 1_000_000;
    const scene = await startWalletScene({ nowMs: () => nowMs });
    const { wallet } = scene;
    const quoteId = await wallet.quoteId(transfer);
    await wallet.until(await place(wallet, quoteId), 'finalized');
    await expect(place(wallet, quoteId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const old = await wallet.quoteId(transfer);
    nowMs += 60_000;
    await expect(place(wallet, old)).rejects.toThrow('older than 60 seconds');
    // A clock that was wrong, and was set back: nobody knows how old a quote is then.
    const ahead = await wallet.quoteId(transfer);
    nowMs -= 40 * 365 * 24 * 3_600_000;
    await expect(place(wallet, ahead)).rejects.toThrow('older than 60 seconds');
    expect(received(scene)).toBe(TAO);
  });

  it('waits for nobody: while one is being signed no other is, and a cancelled one is never sent', async () => {
    const { extension, asked, decline } = slowSigner();
    const scene = await startWalletScene({ signers: { devnet: alice, extension } });
    const { wallet } = scene;
    const id = await placeWith(wallet, { kind: 'extension' });
    await expect(place(wallet)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    await expect(wallet.command('wallet.cancel', { orderId: 'another' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await wallet.command('wallet.cancel', { orderId: id });
    expect(wallet.order(id)?.status).toMatchObject({ kind: 'not-sent' });
    decline(new Error('too late to matter'));
    expect(asked).toEqual(['Send 1 TAO']);
    await wallet.until(await place(wallet), 'finalized');
    expect(wallet.order(id)?.status).toMatchObject({
      kind: 'not-sent',
      message: expect.stringContaining('cancelled') as string,
    });
    expect(received(scene)).toBe(TAO);
  });

  it('says who declined it', async () => {
    const { extension, decline, asked } = slowSigner();
    const { wallet } = await startWalletScene({ signers: { extension } });
    const id = await placeWith(wallet, { kind: 'extension' });
    await eventually(() => asked.length).toBe(1);
    await expect
      .poll(() => (decline(new Error('The owner said no')), wallet.order(id)?.status))
      .toEqual({
        ...{ kind: 'not-sent', message: 'The owner said no' },
      });
  });

  it('is signed by a password’s key, which is wiped, and a wrong password is no order', async () => {
    let wiped = 0;
    const unlock = (password: string): Promise<OpenedSigner> => {
      if (password !== 'right') return Promise.reject(new MillraceError('USAGE', 'The password is wrong'));
      return Promise.resolve({ signer: alice, wipe: () => void (wiped += 1) });
    };
    const { wallet } = await startWalletScene({ signers: { unlock }, isDevnet: false });
    const quoteId = await wallet.quoteId(transfer);
    await expect(placeWith(wallet, { kind: 'password', password: 'wrong' }, quoteId)).rejects.toThrow('is wrong');
    expect(wallet.store.get().wallet.orders).toEqual([]);
    await wallet.until(await placeWith(wallet, { kind: 'password', password: 'right' }, quoteId), 'finalized');
    expect(wiped).toBeGreaterThan(0);
  });

  it('is refused in words where nobody can sign it, or the key is another', async () => {
    const { wallet } = await startWalletScene({ signers: { devnet: alice }, isDevnet: false });
    await expect(place(wallet)).rejects.toThrow('on the devnet only');
    await expect(placeWith(wallet, { kind: 'password', password: 'x' })).rejects.toThrow('No coldkey with a password');
    await expect(placeWith(wallet, { kind: 'extension' })).rejects.toThrow('No browser extension');
    const other = await startWalletScene({ signers: { devnet: friend } });
    await expect(place(other.wallet)).rejects.toThrow('but the quote is for');
    expect(other.wallet.store.get().wallet.orders).toEqual([]);
  });
});

describe('an order that a restart comes upon', () => {
  it('is followed again when it was sent, and not sent again', async () => {
    const scene = await startWalletScene();
    const id = await place(scene.wallet);
    await scene.wallet.until(id, 'in-block');
    const restarted = await scene.restart();
    scene.chain.pass(5);
    expect(await restarted.until(id, 'finalized')).toMatchObject({ status: { block: 1 } });
    expect(scene.chain.devnet.node.pool.entries).toHaveLength(0);
    expect(received(scene)).toBe(TAO);
  });

  it('was never sent when it was not signed, and says so', async () => {
    const { extension } = slowSigner();
    const scene = await startWalletScene({ signers: { extension } });
    const id = await placeWith(scene.wallet, { kind: 'extension' });
    const restarted = await scene.restart();
    expect(restarted.order(id)?.status).toMatchObject({ kind: 'not-sent' });
  });

  it('is known to be void once no block can have it, when the crash came between writing and sending', async () => {
    const scene = await startWalletScene();
    // What is written is seen at once; the chain hears of it only afterwards.
    const { store, service } = scene.wallet;
    const crashed = new Promise<void>((resolve) => {
      store.subscribe(() => {
        if (store.get().wallet.orders[0]?.status.kind !== 'pending') return;
        service.close();
        resolve();
      });
    });
    const id = await place(scene.wallet);
    await crashed;
    const restarted = await scene.restart();
    expect(restarted.order(id)).toMatchObject({ status: { kind: 'pending' } });
    scene.chain.wait(64 * 12_000);
    scene.chain.pass(70);
    expect(await restarted.until(id, 'refused')).toMatchObject({ status: { error: 'Expired', block: null } });
    expect(received(scene)).toBe(0n);
  });

  it('is another’s on another chain or of another coldkey', async () => {
    const scene = await startWalletScene();
    await scene.wallet.until(await place(scene.wallet), 'finalized');
    const kind = { isDevnet: true, netuid: NETUID, ledgerKey: (genesisHash: string) => genesisHash };
    scene.wallet.store.update((draft) => void (draft.wallet.coldkey = addressOf(friend.publicKey)));
    scene.wallet.service.useChain(scene.chain.connect(), kind);
    await eventually(() => scene.wallet.store.get().wallet.stake?.freeRao).toBe(TAO.toString());
    expect(scene.wallet.store.get().wallet.orders).toEqual([]);
  });
});
