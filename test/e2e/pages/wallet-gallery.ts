/**
 * Draws the wallet in every state and every step of an order, as gallery.ts does the dashboard.
 * `node test/e2e/pages/wallet-gallery.ts [folder [part of a name]]` leaves PNGs in the folder (default test/e2e/shots/wallet).
 */
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { AppState } from '#protocol/contract/state.ts';
import type { QuoteReply } from '#protocol/contract/wallet.ts';
import { states } from '../../renderer/fixtures/states.ts';
import {
  dearQuote,
  MILL,
  OWN_HOTKEY,
  placedOrder,
  quote,
  refusal,
  STRANGER,
  subnets,
  validators,
  walletStates,
  withOrder,
} from '../../renderer/fixtures/wallet-states.ts';
import { openPage } from '../pages.ts';
import { runGallery, type GalleryStage } from './gallery-stage.ts';

interface Scene {
  readonly name: string;
  readonly state: AppState;
  readonly width?: number;
  readonly height?: number;
  readonly textPercent?: number;
  readonly quote?: QuoteReply;
  readonly play?: (page: Page, stage: GalleryStage) => Promise<void>;
}

const { rich } = walletStates;
const click = (page: Page, testId: string): Promise<void> => page.getByTestId(testId).first().click();
const openTab = (name: string) => (page: Page) => click(page, `tab-${name}`);

async function fillStake(page: Page): Promise<void> {
  await click(page, 'position-add');
  await page.getByTestId('checked-address').waitFor();
  await page.getByTestId('amount').fill('5');
}

async function quoteStake(page: Page): Promise<void> {
  await fillStake(page);
  await click(page, 'review');
  await page.getByRole('group', { name: 'Check what it would do' }).waitFor();
  await page.getByText('Asking the chain').waitFor({ state: 'hidden' });
}

async function signStake(page: Page): Promise<void> {
  await quoteStake(page);
  await click(page, 'quote-continue');
  await page.getByTestId('sign-cancel').waitFor();
}

const progress =
  (...record: Parameters<typeof placedOrder>) =>
  async (page: Page, { server }: GalleryStage): Promise<void> => {
    await signStake(page);
    server.show(withOrder(placedOrder(...record)));
    await click(page, 'sign');
    await page.locator(`[data-testid="order-status"][data-status="${record[0].kind}"]`).waitFor();
  };

async function fillSend(page: Page): Promise<void> {
  await click(page, 'open-send');
  await page.getByTestId('address').fill(STRANGER);
  await page.getByTestId('checked-address').waitFor();
  await page.getByTestId('amount').fill('5000');
}

const SCENES: readonly Scene[] = [
  ...(Object.keys(walletStates) as (keyof typeof walletStates)[]).map((name) => ({
    ...{ name: `overview-${name}`, state: walletStates[name], height: 1050 },
  })),
  { name: 'overview-720', state: rich, width: 720, height: 1300 },
  { name: 'overview-1400', state: rich, width: 1400, height: 1000 },
  { name: 'overview-text200', state: rich, height: 1300, textPercent: 200 },
  { name: 'validators', state: rich, height: 900, play: openTab('validators') },
  { name: 'validators-720', state: rich, width: 720, height: 1300, play: openTab('validators') },
  { name: 'validators-text200', state: rich, height: 1300, textPercent: 200, play: openTab('validators') },
  { name: 'history', state: rich, height: 900, play: openTab('history') },
  { name: 'history-720', state: rich, width: 720, height: 1000, play: openTab('history') },
  { name: 'history-new', state: walletStates.new, play: openTab('history') },
  ...[900, 1280, 1600].map((width) => ({
    ...{ name: `keys-${width.toString()}`, state: rich, width, height: 800, play: openTab('keys') },
  })),
  { name: 'keys-720', state: rich, width: 720, height: 1300, play: openTab('keys') },
  ...(['keys-found', 'keys-ready', 'keys-locked', 'no-keychain'] as const).map((name) => ({
    ...{ name, state: states[name], width: 1280, height: 1000, play: openTab('keys') },
  })),
  {
    ...{ name: 'keys-create', state: states['no-keychain'], height: 1000 },
    play: async (page) => {
      await click(page, 'tab-keys');
      await page.getByRole('button', { name: 'Create hotkey' }).click();
    },
  },
  {
    ...{ name: 'keys-import', state: states['keys-found'], height: 1200 },
    play: async (page) => {
      await click(page, 'tab-keys');
      await page.getByRole('button', { name: 'Import from miner' }).click();
    },
  },
  {
    ...{ name: 'keys-remove', state: states['keys-ready'], height: 1000 },
    play: async (page) => {
      await click(page, 'tab-keys');
      await page.getByRole('button', { name: 'Remove' }).first().click();
    },
  },
  { name: 'addresses', state: rich, play: openTab('addresses') },
  { name: 'addresses-new', state: walletStates.new, play: openTab('addresses') },
  { name: 'receive', state: rich, play: (page) => click(page, 'open-receive') },
  {
    name: 'export',
    state: rich,
    play: async (page) => {
      await click(page, 'tab-history');
      await click(page, 'open-export');
      await page.getByTestId('export-currency').fill('EUR');
      await page.getByTestId('export-prices').fill('2026-11-28 251,30');
      await click(page, 'export-save');
    },
  },
  { name: 'stake-1-choose', state: rich, height: 800, play: (page) => click(page, 'open-stake') },
  { name: 'stake-1', state: rich, height: 800, play: fillStake },
  { name: 'stake-2', state: rich, height: 800, play: quoteStake },
  { name: 'stake-2-720-text200', state: rich, width: 720, height: 800, textPercent: 200, play: quoteStake },
  { name: 'stake-2-dear', state: rich, height: 900, quote: dearQuote, play: quoteStake },
  { name: 'stake-2-refused', state: rich, height: 800, quote: refusal, play: quoteStake },
  { name: 'stake-3', state: rich, height: 800, play: signStake },
  { name: 'stake-4-pending', state: rich, play: progress({ kind: 'pending' }) },
  {
    name: 'stake-4-done',
    state: rich,
    play: progress({ kind: 'finalized', block: 4_812_340 }, 'https://explorer.example/block/4812340'),
  },
  {
    name: 'stake-4-refused',
    state: rich,
    play: progress({
      ...{ kind: 'refused', block: 4_812_340, error: 'SlippageTooHigh' },
      message: 'The price had passed your limit. Look at a new quote, or allow a higher tolerance.',
    }),
  },
  { name: 'unstake-1', state: rich, height: 800, play: (page) => click(page, 'position-unstake') },
  { name: 'move-1', state: rich, height: 900, play: (page) => click(page, 'position-move') },
  { name: 'send-1', state: rich, height: 900, play: fillSend },
  { name: 'register-1', state: rich, height: 800, play: (page) => click(page, 'open-register') },
];

const [, , folder = join(import.meta.dirname, '../shots/wallet'), part = ''] = process.argv;

await runGallery(folder, async (stage) => {
  const { server, take } = stage;
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const scene of SCENES.filter(({ name }) => `${name}-${colorScheme}`.includes(part))) {
      const { name, state, width = 1000, height = 700, textPercent = 100, play } = scene;
      server.show(state);
      script(stage, scene.quote ?? quote());
      const page = await stage.openPage(colorScheme);
      await page.setViewportSize({ width, height });
      await page.goto(server.url);
      await openPage(page, 'wallet');
      await page.evaluate(`document.documentElement.style.fontSize = '${textPercent.toString()}%'`);
      try {
        await play?.(page, stage);
      } catch (error) {
        stage.problems.push(`${name}: ${String(error)}`);
      }
      await take(page, `${name}-${colorScheme}`);
      await page.context().close();
    }
  }
});

function script({ server }: GalleryStage, quoted: QuoteReply): void {
  const answer = (value: unknown) => () => ({ ok: true, value }) as const;
  server.replies = {
    'wallet.subnets': answer(subnets),
    'wallet.validators': answer(validators),
    'wallet.quote': answer(quoted),
    'wallet.place': answer({ orderId: 'placed' }),
    'wallet.check-address': (payload) => {
      const { address } = payload as { readonly address: string };
      const known = { address, isOwn: false, name: null, isFirstUse: address === STRANGER, warnings: [] };
      return { ok: true, value: { kind: 'valid', ...known, isHotkey: [OWN_HOTKEY, MILL].includes(address) } };
    },
  };
}
