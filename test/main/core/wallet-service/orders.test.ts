import { describe, expect, it } from 'vitest';
import { startWalletScene } from './wallet-scene.ts';

const NETUID = 1;
const TAO = 1_000_000_000n;

describe('an order of the wallet', () => {
  it('is quoted, placed, and followed until it is final, and the stake shows it', async () => {
    const { wallet, chain } = await startWalletScene();
    const hotkey = chain.devnet.validator.address;
    const quoteId = await wallet.quoteId({ kind: 'stake', hotkey, netuid: NETUID, amount: (2n * TAO).toString() });
    const { orderId } = (await wallet.command('wallet.place', { quoteId, signing: { kind: 'devnet' } })) as {
      orderId: string;
    };
    const order = await wallet.until(orderId, 'finalized');
    expect(order).toMatchObject({
      status: { kind: 'finalized', block: 1 },
      pays: { unit: 'tao', amount: '2000000000' },
    });
    await expect.poll(() => wallet.store.get().wallet.stake?.positions).toMatchObject([{ hotkey, netuid: NETUID }]);
  });
});
