import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeAddress } from '@polkadot/util-crypto';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchApp, newHome, type LaunchedApp } from './launch.ts';
import { axeViolations, openPage } from './pages.ts';

const shotFolder = join(import.meta.dirname, 'shots');

/** The chain starts, the first block comes, and this machine registers; on a busy machine all of it takes longer. */
const READY_TIMEOUT_MS = 120_000;
/** A devnet's block is final some seconds after it was sent. */
const FINAL_TIMEOUT_MS = 60_000;

describe('the wallet of the real app on its own devnet', () => {
  let home: string;
  let launched: LaunchedApp;
  const placed: string[] = [];
  const problems: string[] = [];

  async function launch(): Promise<void> {
    launched = await launchApp({ home });
    launched.page.on('pageerror', (error) => problems.push(error.message));
    launched.page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    await launched.page.getByTestId('page-home').waitFor();
  }

  beforeAll(async () => {
    home = await newHome();
    await launch();
  });
  afterAll(async () => {
    await launched.close();
    await rm(home, { recursive: true, force: true });
  });

  const openTab = (name: string) => launched.page.getByRole('tab', { name }).click();
  const get = (testId: string): Locator => launched.page.getByTestId(testId);
  const orders = (): Locator => get('orders').getByTestId('order');

  async function openStake(): Promise<void> {
    await get('open-stake').click();
    await get('subnet').locator('option:not([value=""]):not([value="0"])').first().waitFor({ state: 'attached' });
    const netuids = await get('subnet')
      .locator('option:not([value=""]):not([value="0"])')
      .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
    await get('subnet').selectOption(netuids.at(-1)!);
    await launched.page.getByRole('list', { name: 'Validators, by number' }).getByRole('button').first().click();
  }

  /** From a filled form to the end on the chain; returns the states that the dialog went through. */
  async function signToTheEnd(dialog: string): Promise<readonly string[]> {
    const { page } = launched;
    await get('review').click();
    await get('quote-rows').getByText('Transaction fee').waitFor();
    await pressWhenReady(get('quote-continue'));
    await get('sign-with-devnet').waitFor();
    expect(await get('sign-cancel').evaluate((element) => element === document.activeElement)).toBe(true);
    await watchStatus(page);
    await pressWhenReady(get('sign'));
    await page.locator('[data-testid="order-status"][data-status="finalized"]').waitFor({ timeout: FINAL_TIMEOUT_MS });
    const seen = await seenStatus(page);
    placed.unshift((await get('order-status').locator('p').nth(1).textContent()) ?? '');
    await get('progress-close').click();
    await get(dialog).waitFor({ state: 'detached' });
    return seen;
  }

  test('has devnet TAO to spend once this machine is registered', async () => {
    const { page } = launched;
    await get('start-button').click();
    await openPage(page, 'wallet');
    await page.getByText('Hotkey registered').waitFor({ timeout: READY_TIMEOUT_MS });
    await openPage(page, 'home');
    await get('pause-button').click();
    await page.locator('[data-work="stopped"]').waitFor();
    await openPage(page, 'wallet');
    await expect.poll(() => get('balance').textContent(), { timeout: FINAL_TIMEOUT_MS }).toMatch(/[1-9]/);
    await expect.poll(() => get('open-stake').isEnabled(), { timeout: FINAL_TIMEOUT_MS }).toBe(true);
  });

  test('from the keyboard the Enter key signs nothing, and Escape leads back to the button', async () => {
    const { page } = launched;
    await get('open-stake').focus();
    await page.keyboard.press('Enter');
    await get('stake-dialog').waitFor();
    await page.keyboard.press('Escape');
    await get('stake-dialog').waitFor({ state: 'detached' });
    expect(await isFocused(get('open-stake'))).toBe(true);

    await openStake();
    await get('subnet').focus();
    for (let tab = 0; tab < 6 && !(await isFocused(get('amount'))); tab++) await page.keyboard.press('Tab');
    expect(await isFocused(get('amount'))).toBe(true);
    await page.keyboard.type('1');
    await page.keyboard.press('Enter');
    await get('quote-rows').waitFor();
    for (let press = 0; press < 3; press++) await page.keyboard.press('Enter');
    expect(await get('sign').count()).toBe(0);
    await page.keyboard.press('Escape');
    await get('stake-dialog').waitFor({ state: 'detached' });
    expect(await isFocused(get('open-stake'))).toBe(true);
    await openTab('History');
    await page.getByText('No orders yet.').waitFor();
    await openTab('Overview');
  });

  test('stakes with a limit, and shows it on its way until it is final', async () => {
    await openStake();
    await get('amount').fill('1');
    await get('review').click();
    const rows = get('quote-rows');
    await rows.getByText('Price limit').waitFor();
    await rows.getByText('Swap fee', { exact: true }).waitFor();
    await get('quote-summary').getByText('at least').waitFor();
    await launched.page.screenshot({ path: join(shotFolder, 'wallet-quote.png'), animations: 'disabled' });
    expect(await axeViolations(launched.page)).toEqual([]);
    await launched.page.getByRole('button', { name: 'Back' }).click();
    const seen = await signToTheEnd('stake-dialog');
    expect(seen).toEqual(inOrder(seen));
    expect(seen).toContain('in-block');
    expect(placed[0]).toMatch(/^Stake 1(\.0+)? TAO in subnet \d+$/);
    await get('position-unstake').first().waitFor();
  });

  test('says in words why an order cannot be, and sends nothing', async () => {
    await openStake();
    await get('amount').fill('1000000');
    await launched.page.getByText(/^At most [\d.]+ can be used$/).waitFor();
    expect(await get('review').isDisabled()).toBe(true);
    await get('amount').fill('0.0000001');
    await get('review').click();
    await get('stake-dialog').getByRole('alert').getByText('Choose a larger amount.').waitFor();
    expect(await get('quote-continue').getAttribute('aria-disabled')).toBe('true');
    await launched.page.keyboard.press('Escape');
    await openTab('History');
    expect(await orders().count()).toBe(1);
    await openTab('Overview');
  });

  test('sends TAO to an address that is new only after its owner has compared it', async () => {
    await get('open-send').click();
    await get('address').fill(encodeAddress(randomBytes(32), 42));
    await get('amount').fill('0.5');
    await get('address-compared').waitFor();
    expect(await get('review').isDisabled()).toBe(true);
    await get('address-compared').check();
    await signToTheEnd('send-dialog');
    expect(placed[0]).toMatch(/^Send 0\.5\d* TAO$/);
  });

  test('unstakes all of it', async () => {
    await get('position-unstake').first().click();
    await get('amount-all').click();
    const positions = await get('position-unstake').count();
    await signToTheEnd('unstake-dialog');
    expect(placed[0]).toMatch(/^Unstake .+ α|^Unstake .+ alpha/);
    await expect.poll(() => get('position-unstake').count(), { timeout: FINAL_TIMEOUT_MS }).toBe(positions - 1);
  });

  test.each(['light', 'dark'] as const)('can be used by everyone in %s', async (theme) => {
    const { page } = launched;
    await openPage(page, 'settings');
    await page.getByTestId(`theme-${theme}`).locator('..').click();
    await page.locator(`html[data-theme='${theme}']`).waitFor();
    await openPage(page, 'wallet');
    for (const tab of ['Overview', 'Validators', 'History', 'Address book', 'Keys']) {
      await openTab(tab);
      if (tab === 'Validators') await get('validators').waitFor();
      const name = `wallet-${tab.toLowerCase().replace(' ', '-')}-${theme}.png`;
      await page.screenshot({ path: join(shotFolder, name), animations: 'disabled' });
      expect(await axeViolations(page)).toEqual([]);
    }
  });

  test('saves the history as a table where its owner says', async () => {
    const { app } = launched;
    const path = join(home, 'saved-history.csv');
    // In place of the system's dialog, which nobody answers here.
    const saved = app.evaluate(
      ({ BrowserWindow }, savePath) =>
        new Promise<string>((resolve) => {
          BrowserWindow.getAllWindows()[0]!.webContents.session.once('will-download', (_event, item) => {
            item.setSavePath(savePath);
            item.once('done', (_done, state) => resolve(`${state} ${item.getFilename()}`));
          });
        }),
      path,
    );
    await openTab('History');
    await get('open-export').click();
    await get('export-save').click();
    expect(await saved).toMatch(/^completed millrace-history-\d{4}-\d\d-\d\d\.csv$/);
    const csv = await readFile(path, 'utf8');
    for (const kind of ['stake', 'transfer', 'unstake']) expect(csv).toMatch(new RegExp(`\\b${kind}\\b`));
    expect(csv.match(/finalized/g)).toHaveLength(placed.length);
    await launched.page.keyboard.press('Escape');
  });

  test('a restart keeps the history', async () => {
    await launched.close();
    await launch();
    await openPage(launched.page, 'wallet');
    await openTab('History');
    await expect.poll(() => orders().count(), { timeout: READY_TIMEOUT_MS }).toBe(3);
    const titles = await orders().locator('p:first-child').allTextContents();
    for (const title of placed) expect(titles).toContain(title);
    expect(await orders().evaluateAll((all) => all.map((one) => one.getAttribute('data-status')))).toEqual(
      placed.map(() => 'finalized'),
    );
  });

  test('the page logged no error and broke no rule of its content security policy', () => {
    expect(problems).toEqual([]);
  });
});

const isFocused = (locator: Locator): Promise<boolean> =>
  locator.evaluate((element) => element === document.activeElement);

/** The button takes the click while a quote is renewed, and then does nothing. */
async function pressWhenReady(button: Locator): Promise<void> {
  await expect.poll(() => button.getAttribute('aria-disabled'), { timeout: FINAL_TIMEOUT_MS }).toBe('false');
  await button.click();
}

const WAY = ['signing', 'pending', 'in-block', 'finalized'];
const inOrder = (seen: readonly string[]): readonly string[] => WAY.filter((status) => seen.includes(status));

interface Watching {
  seenStatus?: string[];
}

/** Notes in the page each state that the dialog shows, also those that last for a moment. */
const watchStatus = (page: Page): Promise<void> =>
  page.evaluate(() => {
    const seen: string[] = [];
    (globalThis as Watching).seenStatus = seen;
    new MutationObserver(() => {
      const status = document.querySelector<HTMLElement>('[data-testid="order-status"]')?.dataset['status'];
      if (status !== undefined && status !== seen.at(-1)) seen.push(status);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });

const seenStatus = (page: Page): Promise<readonly string[]> =>
  page.evaluate(() => (globalThis as Watching).seenStatus ?? []);
