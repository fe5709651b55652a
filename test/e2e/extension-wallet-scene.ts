import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { chainStartSchema, runChain } from '#network/devnet/run-chain.ts';
import { storage } from '#protocol/chain/subtensor/items.ts';
import { connectLiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { check } from '#protocol/envelope.ts';
import { NETUID, testGenesis } from '../support/chain-fixtures.ts';
import { type BreakableLine, openBreakableLine } from './breakable-line.ts';
import { type ExtensionScene, signWith, startExtensionScene } from './extension-scene.ts';
import { launchApp, newHome, type LaunchedApp } from './launch.ts';
import { openPage } from './pages.ts';

export const TIMEOUT_MS = 90_000;

/** The real app with a chain of its own address, and a browser whose extension has the coldkey of the chain's faucet. */
export interface ExtensionWalletScene {
  readonly launched: LaunchedApp;
  readonly browser: ExtensionScene;
  /** The app's only way to the chain. */
  readonly line: BreakableLine;
  readonly get: (testId: string) => Locator;
  /** Opens what the app has opened in its owner's browser since the last time. */
  readonly openedPage: () => Promise<Page>;
  readonly connectAlice: () => Promise<void>;
  readonly lastOpenedUrl: () => Promise<string>;
  /** From the overview to the button that signs. */
  readonly quoteStake: (amountTao: string) => Promise<void>;
  readonly quoteRegistration: (hotkey: string) => Promise<void>;
  /** From a filled form to the button that signs. */
  readonly toSign: () => Promise<void>;
  readonly untilStatus: (status: string) => Promise<void>;
  /** Alice's transactions so far, those that failed included. */
  readonly nonce: () => Promise<number>;
  /** `null`: it has no place in the subnet. */
  readonly uidOf: (hotkey: string) => Promise<number | null>;
  /** Alice's shares of a hotkey's alpha as the chain keeps them, which only her orders change; 0 without an entry. */
  readonly sharesWith: (hotkey: string) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** mantissa × 10^exponent. */
interface SafeFloat {
  readonly mantissa: number | string;
  readonly exponent: number;
}

export async function startExtensionWalletScene(blockMs: number): Promise<ExtensionWalletScene> {
  const [home, folder, browser] = await Promise.all([
    newHome(),
    mkdtemp(join(tmpdir(), 'millrace-chain-')),
    startExtensionScene(),
  ]);
  const start = { kind: 'start-chain', dataDir: folder, port: 0, genesis: testGenesis({ blockMs }) };
  const chain = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
  const line = await openBreakableLine(chain.url);
  const settings = { chain: 'custom', customEndpoints: [line.url], netuid: NETUID };
  await writeFile(join(home, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
  // Past the line: it reads also while that is cut.
  const reader = connectLiveChain(
    { endpoints: [chain.url], webSocket: WebSocket, timeoutMs: TIMEOUT_MS },
    () => undefined,
  );
  const { registry } = await reader.connection.ready;
  const alice = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');
  browser.extension.accounts = () => [{ address: alice.address, name: 'Alice', type: 'sr25519' }];
  browser.extension.sign = signWith(() => registry, alice);
  const launched = await launchApp({ home });
  const { app, page } = launched;
  // In place of the system's browser, which nobody watches here.
  await app.evaluate(({ shell }) => {
    const opened: string[] = [];
    Object.assign(globalThis, { opened });
    shell.openExternal = (url) => {
      opened.push(url);
      return Promise.resolve();
    };
  });
  await openPage(page, 'wallet');

  const get = (testId: string): Locator => page.getByTestId(testId);
  const openedUrls = () => app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);
  let opened = 0;
  async function openedPage(): Promise<Page> {
    opened += 1;
    await expect.poll(async () => (await openedUrls()).length, { timeout: TIMEOUT_MS }).toBe(opened);
    return browser.open((await openedUrls()).at(-1)!);
  }
  async function toSign(): Promise<void> {
    await get('review').click();
    await get('quote-rows').getByText('Transaction fee').waitFor();
    await expect.poll(() => get('quote-continue').getAttribute('aria-disabled')).toBe('false');
    await get('quote-continue').click();
    await get('sign-with-extension').waitFor();
    await expect.poll(() => get('sign').getAttribute('aria-disabled')).toBe('false');
  }
  const read = (pallet: string, item: string, keys: readonly unknown[]) =>
    reader.connection.ask(item, async (api): Promise<unknown> => (await storage(api, pallet, item)(...keys)).toJSON());

  return {
    ...{ launched, browser, line, get, openedPage, toSign },
    lastOpenedUrl: async () => (await openedUrls()).at(-1)!,
    async connectAlice() {
      await get('connect-extension').click();
      const asking = await openedPage();
      await asking.getByTestId('extension-go').click();
      await asking.getByText('Alice').click();
      await asking.getByTestId('extension-choose').click();
      const asked = get('confirm-account');
      await asked.getByText(alice.address).waitFor({ timeout: TIMEOUT_MS });
      expect(await get('connect-extension').isDisabled()).toBe(true);
      await get('extension-confirm').click();
      await asked.waitFor({ state: 'detached', timeout: TIMEOUT_MS });
      await page.getByText(alice.address).first().waitFor({ timeout: TIMEOUT_MS });
      await expect.poll(() => get('balance').textContent(), { timeout: TIMEOUT_MS }).toMatch(/1,000,000/);
    },
    async quoteStake(amountTao) {
      await get('open-stake').click();
      await get('subnet').selectOption(String(NETUID));
      await page.getByRole('list', { name: 'Validators, by number' }).getByRole('button').first().click();
      await get('amount').fill(amountTao);
      await toSign();
    },
    async quoteRegistration(hotkey) {
      await get('open-register').click();
      await get('subnet').selectOption(String(NETUID));
      await get('register-hotkey').fill(hotkey);
      await toSign();
    },
    async untilStatus(status) {
      const seen = (): Promise<string | null> => get('order-status').getAttribute('data-status');
      await expect.poll(seen, { timeout: TIMEOUT_MS }).toBe(status);
    },
    nonce: async () => ((await read('system', 'account', [alice.address])) as { readonly nonce: number }).nonce,
    uidOf: async (hotkey) => (await read('subtensorModule', 'uids', [NETUID, hotkey])) as number | null,
    async sharesWith(hotkey) {
      const found = await read('subtensorModule', 'alphaV2', [hotkey, alice.address, NETUID]);
      const { mantissa, exponent } = found as SafeFloat;
      return Number(mantissa) * 10 ** exponent;
    },
    async close() {
      await launched.close();
      reader.close();
      await line.close();
      await Promise.all([browser.close(), chain.stop()]);
      await Promise.all([home, folder].map((path) => rm(path, { recursive: true, force: true })));
    },
  };
}
