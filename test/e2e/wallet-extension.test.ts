import { randomBytes } from 'node:crypto';
import { encodeAddress } from '@polkadot/util-crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf } from '#protocol/keys.ts';
import { validator } from '../support/chain-fixtures.ts';
import { type ExtensionWalletScene, startExtensionWalletScene, TIMEOUT_MS } from './extension-wallet-scene.ts';
import { hasChromium, NO_CHROMIUM } from './extension-scene.ts';

if (!hasChromium) console.warn(NO_CHROMIUM);

describe.skipIf(!hasChromium)('the real app on a chain of its own address, with the coldkey in a browser', () => {
  let scene: ExtensionWalletScene;
  beforeAll(async () => void (scene = await startExtensionWalletScene(500)), 120_000);
  afterAll(() => scene.close());
  const validatorHotkey = addressOf(validator.hot.publicKey);

  /** The owner reads what the page decoded, and signs; then to the end in the app's window. */
  async function signHere(call: string): Promise<void> {
    await scene.get('sign').click();
    const page = await scene.openedPage();
    await page.getByTestId('decoded-call').getByText(call).waitFor();
    await page.getByTestId('extension-go').click();
    await scene.untilStatus('finalized');
    expect(await page.getByTestId('extension-over').getAttribute('data-end')).toBe('signed');
  }

  test('takes the account that its owner chooses in the browser', () => scene.connectAlice());

  test('registers a hotkey when its owner signs there: it has a place in the subnet', async () => {
    const hotkey = encodeAddress(randomBytes(32), 42);
    expect(await scene.uidOf(hotkey)).toBeNull();
    await scene.quoteRegistration(hotkey);
    await signHere('subtensorModule.register_limit');
    await scene
      .get('register-dialog')
      .getByText(/^Register a hotkey in subnet 1 for /)
      .waitFor();
    await scene.get('progress-close').click();
    expect(await scene.uidOf(hotkey)).toEqual(expect.any(Number));
    expect(await scene.nonce()).toBe(1);
  });

  test('stakes with a limit when its owner signs there, and shows it until it is final', async () => {
    expect(await scene.sharesWith(validatorHotkey)).toBe(0);
    await scene.quoteStake('2');
    await signHere('subtensorModule.add_stake_limit');
    await scene.get('progress-close').click();
    await scene.get('position-unstake').waitFor();
    expect(await scene.sharesWith(validatorHotkey)).toBeGreaterThan(0);
    expect(await scene.nonce()).toBe(2);
  });

  test('unstakes a part and then all of it when its owner signs there', async () => {
    const before = await scene.sharesWith(validatorHotkey);
    await scene.get('position-unstake').click();
    await scene.get('amount').fill('1');
    await scene.toSign();
    await signHere('subtensorModule.remove_stake_limit');
    await scene.get('progress-close').click();
    const after = await scene.sharesWith(validatorHotkey);
    expect(after).toBeLessThan(before);
    expect(after).toBeGreaterThan(0);

    await scene.get('position-unstake').click();
    await scene.get('amount-all').click();
    await scene.toSign();
    await signHere('subtensorModule.remove_stake_full_limit');
    await scene.get('progress-close').click();
    await expect.poll(() => scene.get('position-unstake').count(), { timeout: TIMEOUT_MS }).toBe(0);
    // Shares are rounded: less than one of the smallest unit is left.
    expect(await scene.sharesWith(validatorHotkey)).toBeLessThan(1);
    expect(await scene.nonce()).toBe(4);
  });

  test('lists all four as done, and no page complained', async () => {
    await scene.launched.page.getByRole('tab', { name: 'History' }).click();
    const orders = scene.get('orders').getByTestId('order');
    expect(await orders.evaluateAll((all) => all.map((one) => one.getAttribute('data-status')))).toEqual(
      Array.from({ length: 4 }, () => 'finalized'),
    );
    expect(scene.browser.problems).toEqual([]);
  });
});
