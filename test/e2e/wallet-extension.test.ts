import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { chainStartSchema, runChain, type RunningDevnet } from '#network/devnet/run-chain.ts';
import { connectLiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import { check } from '#protocol/envelope.ts';
import { NETUID, testGenesis } from '../support/chain-fixtures.ts';
import { type ExtensionScene, hasChromium, NO_CHROMIUM, signWith, startExtensionScene } from './extension-scene.ts';
import { launchApp, newHome, type LaunchedApp } from './launch.ts';
import { openPage } from './pages.ts';

const TIMEOUT_MS = 60_000;

if (!hasChromium) console.warn(NO_CHROMIUM);

describe.skipIf(!hasChromium)('the real app on a chain of its own address, with the coldkey in a browser', () => {
  let home: string;
  let folder: string;
  let chain: RunningDevnet;
  let launched: LaunchedApp;
  let scene: ExtensionScene;
  let leaveChain: () => void;
  const alice = new Keyring({ type: 'sr25519', ss58Format: 42 }).addFromUri('//Alice');

  beforeAll(async () => {
    [home, folder, scene] = await Promise.all([
      newHome(),
      mkdtemp(join(tmpdir(), 'millrace-chain-')),
      startExtensionScene(),
    ]);
    const genesis = testGenesis({ blockMs: 500 });
    const start = { kind: 'start-chain', dataDir: folder, port: 0, genesis };
    chain = await runChain(check(chainStartSchema, start, 'Chain'), () => undefined);
    const settings = { chain: 'custom', customEndpoints: [chain.url], netuid: NETUID };
    await writeFile(join(home, 'settings.json'), JSON.stringify(settings), { mode: 0o600 });
    const reader = connectLiveChain(
      { endpoints: [chain.url], webSocket: WebSocket, timeoutMs: TIMEOUT_MS },
      () => undefined,
    );
    leaveChain = () => reader.close();
    const { registry } = await reader.connection.ready;
    scene.extension.accounts = () => [{ address: alice.address, name: 'Alice', type: 'sr25519' }];
    scene.extension.sign = signWith(() => registry, alice);
    launched = await launchApp({ home });
    // In place of the system's browser, which nobody watches here.
    await launched.app.evaluate(({ shell }) => {
      const opened: string[] = [];
      Object.assign(globalThis, { opened });
      shell.openExternal = (url) => {
        opened.push(url);
        return Promise.resolve();
      };
    });
    await openPage(launched.page, 'wallet');
  }, 120_000);
  afterAll(async () => {
    await launched.close();
    leaveChain();
    await Promise.all([scene.close(), chain.stop()]);
    await Promise.all([home, folder].map((path) => rm(path, { recursive: true, force: true })));
  });

  const get = (testId: string) => launched.page.getByTestId(testId);
  const openedUrls = () => launched.app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened);

  /** The page that the app opened as its n-th in the owner's browser. */
  async function openedPage(nth: number) {
    await expect.poll(async () => (await openedUrls()).length, { timeout: TIMEOUT_MS }).toBe(nth);
    return scene.open((await openedUrls()).at(-1)!);
  }

  async function quoteStake(): Promise<void> {
    await get('open-stake').click();
    await get('subnet').selectOption(String(NETUID));
    await launched.page.getByRole('list', { name: 'Validators, by number' }).getByRole('button').first().click();
    await get('amount').fill('2');
    await get('review').click();
    await get('quote-rows').getByText('Price limit').waitFor();
    await expect.poll(() => get('quote-continue').getAttribute('aria-disabled')).toBe('false');
    await get('quote-continue').click();
    await get('sign-with-extension').waitFor();
  }

  test('takes the account that its owner chooses in the browser', async () => {
    await get('connect-extension').click();
    const page = await openedPage(1);
    await page.getByTestId('extension-go').click();
    await page.getByText('Alice').click();
    await page.getByTestId('extension-choose').click();
    const asked = get('confirm-account');
    await asked.getByText(alice.address).waitFor({ timeout: TIMEOUT_MS });
    expect(await get('connect-extension').isDisabled()).toBe(true);
    await get('extension-confirm').click();
    await asked.waitFor({ state: 'detached', timeout: TIMEOUT_MS });
    await launched.page.getByText(alice.address).first().waitFor({ timeout: TIMEOUT_MS });
    await expect.poll(() => get('balance').textContent(), { timeout: TIMEOUT_MS }).toMatch(/1,000,000/);
  });

  test('says in words that its owner did not sign, and sends nothing', async () => {
    await quoteStake();
    await get('sign').click();
    const page = await openedPage(2);
    await page.getByTestId('extension-refuse').click();
    await launched.page
      .locator('[data-testid="order-status"][data-status="not-sent"]')
      .waitFor({ timeout: TIMEOUT_MS });
    await get('stake-dialog').getByText('You did not sign in your browser; nothing was sent').waitFor();
    await get('progress-close').click();
    expect(await get('position-unstake').count()).toBe(0);
  });

  test('stakes with a limit when its owner signs there, and shows it until it is final', async () => {
    await quoteStake();
    await get('sign').click();
    const page = await openedPage(3);
    await page.getByTestId('decoded-call').getByText('subtensorModule.add_stake_limit').waitFor();
    await page.getByTestId('extension-go').click();
    await launched.page
      .locator('[data-testid="order-status"][data-status="finalized"]')
      .waitFor({ timeout: TIMEOUT_MS });
    expect(await page.getByTestId('extension-over').getAttribute('data-end')).toBe('signed');
    await get('progress-close').click();
    await get('position-unstake').waitFor();
    expect(scene.problems).toEqual([]);
  });
});
