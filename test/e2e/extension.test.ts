import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SignerPayloadJSON } from '@polkadot/types/types';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeChain, type ExtensionChain } from '#main/core/extension/extension-chain.ts';
import type { QuotedOrder } from '#main/core/staking/order-calls.ts';
import type { Order } from '#main/core/staking/orders.ts';
import { rao } from '#protocol/units.ts';
import { startStakingScene, type StakingScene } from '../main/core/staking/staking-scene.ts';
import { startDashboardServer } from '../renderer/fixtures/dashboard-server.ts';
import { states } from '../renderer/fixtures/states.ts';
import { NETUID } from '../support/devnet-calls.ts';
import { type ExtensionScene, hasChromium, NO_CHROMIUM, signWith, startExtensionScene } from './extension-scene.ts';
import { attackFromElsewhere } from './foreign-page.ts';
import { axeViolations } from './pages.ts';
import { buildRenderer } from './pages/renderer-build.ts';

const TAO = 1_000_000_000n;
const SHOTS = join(import.meta.dirname, 'shots/extension');
const never = new AbortController().signal;

if (!hasChromium) console.warn(NO_CHROMIUM);

describe.skipIf(!hasChromium)('an extension in the owner’s browser', () => {
  let chain: StakingScene;
  let scene: ExtensionScene;
  let description: ExtensionChain;
  let stake: QuotedOrder;

  beforeEach(async () => {
    [chain, scene] = await Promise.all([startStakingScene(), startExtensionScene()]);
    const { alice, validator } = chain.devnet;
    const { registry } = await chain.chain.connection.ready;
    scene.extension.accounts = () => [
      { address: alice.address, name: 'Alice', type: 'sr25519' },
      { address: chain.devnet.owner.address, name: 'Owner', type: 'sr25519' },
      { address: '0x52908400098527886E0F7030069857D2E4169EE7', name: 'Another chain’s', type: 'ethereum' },
    ];
    scene.extension.sign = signWith(() => registry, alice);
    description = await chain.chain.connection.ask('describe', describeChain);
    const order: Order = { kind: 'stake', hotkey: validator.address, netuid: NETUID, amount: rao(5n * TAO) };
    stake = await chain.quoted(order);
  });
  afterEach(async () => {
    await scene.close();
    await chain.close();
  });

  const shown = {
    title: 'Stake 5 TAO on subnet 1',
    lines: [
      { label: 'You pay', value: '5 TAO' },
      { label: 'You receive about', value: '49.97 α1' },
      { label: 'Limit price', value: '0.1005 TAO, 0.5 % above today’s' },
      { label: 'Fees', value: '0.0025 TAO for the swap, 0.000124 TAO for the transaction' },
    ],
  };

  /** Asks for the signature and sends; the page waits to be opened. */
  const place = () => {
    const { alice } = chain.devnet;
    const signer = scene.bridge.signerFor(alice.address, { shown, chain: description, signal: never });
    const placed = chain.place([stake], { signer });
    placed.catch(() => undefined);
    return placed;
  };
  const openPage = async (): Promise<Page> => scene.open((await scene.state('waiting-for-browser')).url);
  const over = (page: Page) => page.getByTestId('extension-over').getAttribute('data-end');
  const press = (page: Page) => page.getByTestId('extension-go').click();
  const nextNonce = () =>
    chain.chain.connection.ask('nonce', async (api) =>
      (await api.rpc.system.accountNextIndex(chain.devnet.alice.address)).toNumber(),
    );
  const nothingSent = async (): Promise<void> => {
    chain.pass(2);
    expect(await nextNonce()).toBe(0);
  };

  /** Both themes, and nothing for axe to say. */
  async function look(page: Page, name: string): Promise<void> {
    await mkdir(SHOTS, { recursive: true });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({
        path: join(SHOTS, `${name}-${colorScheme}.png`),
        animations: 'disabled',
        fullPage: true,
      });
      expect(await axeViolations(page)).toEqual([]);
    }
  }

  test('lets its owner choose an account, in the form that Bittensor writes', async () => {
    const connected = scene.bridge.connect(never);
    const page = await openPage();
    expect(page.url()).not.toContain('token');
    await page.getByText('test-signer 1.0.0').waitFor();
    expect(await scene.state('waiting-for-extension')).toMatchObject({
      ...{ purpose: 'connect', extensions: [{ name: 'test-signer', version: '1.0.0' }], shown: null },
    });
    await press(page);
    await page.getByText('Owner').click();
    expect(await page.getByRole('radio').count()).toBe(2);
    await look(page, 'choose');
    await page.getByTestId('extension-choose').click();
    const { address } = chain.devnet.owner;
    expect(await connected).toEqual([{ address, name: 'Owner', source: 'test-signer' }]);
    expect(await over(page)).toBe('chosen');
    expect(scene.states.at(-1)).toEqual({ kind: 'idle' });
    expect(scene.problems).toEqual([]);
  });

  test('signs a stake with a limit, which becomes final; the page shows what the bytes say', async () => {
    const placed = place();
    const page = await openPage();
    await page.getByText('Stake 5 TAO on subnet 1').waitFor();
    const call = page.getByTestId('decoded-call');
    for (const words of ['subtensorModule.add_stake_limit', chain.devnet.validator.address, '5,000,000,000'])
      await call.getByText(words).waitFor();
    await page.getByText('0.1005 TAO').waitFor();
    await look(page, 'sign');
    await press(page);
    expect((await placed).end.kind).toBe('finalized');
    expect(await over(page)).toBe('signed');
    await look(page, 'signed');
    const overview = await chain.overview();
    expect(overview.positions).toHaveLength(1);
    expect(await nextNonce()).toBe(1);
    expect(scene.problems).toEqual([]);
  });

  test('is offered what it needs to show the call', async () => {
    const placed = place();
    await press(await openPage());
    await placed;
    const { genesisHash, specVersion } = description;
    expect(scene.extension.provided).toEqual([
      expect.objectContaining({
        ...{ genesisHash, specVersion, ss58Format: 42, tokenDecimals: 9, tokenSymbol: 'TAO', chainType: 'substrate' },
        rawMetadata: expect.stringMatching(/^0x6d657461/) as string,
      }),
    ]);
  });

  test('that signs another call is found out, and nothing is sent', async () => {
    const { alice, bob } = chain.devnet;
    const api = await chain.chain.connection.ready;
    const honest = scene.extension.sign;
    scene.extension.sign = (payload: SignerPayloadJSON) =>
      honest({
        ...payload,
        method: api.tx['balances']!['transferAllowDeath']!(bob.address, 900n * TAO).method.toHex(),
      });
    const placed = place();
    await press(await openPage());
    await expect(placed).rejects.toThrow('does not fit');
    expect(alice.address).not.toBe(bob.address);
    await nothingSent();
  });

  test('that gives back another transaction is found out, and nothing is sent', async () => {
    const { alice, bob } = chain.devnet;
    const api = await chain.chain.connection.ready;
    const honest = scene.extension.sign;
    scene.extension.sign = async (payload: SignerPayloadJSON) => {
      const other = await api.tx['balances']!['transferAllowDeath']!(bob.address, 900n * TAO).signAsync(alice, {
        nonce: 0,
      });
      return { ...(await honest(payload)), signedTransaction: other.toHex() };
    };
    const placed = place();
    await press(await openPage());
    await expect(placed).rejects.toThrow('something else');
    await nothingSent();
  });

  test('whose owner says no there ends it in words', async () => {
    scene.extension.sign = () => Promise.reject(new Error('Cancelled'));
    const placed = place();
    const page = await openPage();
    await press(page);
    await expect(placed).rejects.toMatchObject({
      code: 'SIGNING_REFUSED',
      message: expect.stringContaining('nothing') as string,
    });
    expect(await over(page)).toBe('refused');
    expect(scene.states.at(-1)).toMatchObject({ kind: 'failed', code: 'SIGNING_REFUSED' });
    await nothingSent();
  });

  test('need not be asked: the page has a button to reject', async () => {
    const placed = place();
    const page = await openPage();
    await page.getByTestId('extension-refuse').click();
    await expect(placed).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
    expect(await over(page)).toBe('refused');
    await nothingSent();
  });

  test('that fails may be asked again', async () => {
    const honest = scene.extension.sign;
    scene.extension.sign = () => Promise.reject(new Error('The extension is locked'));
    const placed = place();
    const page = await openPage();
    await press(page);
    await page.getByText('The extension is locked').waitFor();
    await look(page, 'problem');
    scene.extension.sign = honest;
    await press(page);
    expect((await placed).end.kind).toBe('finalized');
    expect(await nextNonce()).toBe(1);
  });

  test('that does not have the account is told from one that does', async () => {
    scene.extension.accounts = () => [{ address: chain.devnet.owner.address }];
    const placed = place();
    const page = await openPage();
    await press(page);
    await page.getByText('no account with this address').waitFor();
    await page.getByTestId('extension-refuse').click();
    await expect(placed).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
  });

  test('does not get in by a link that was used', async () => {
    const placed = place();
    const { url } = await scene.state('waiting-for-browser');
    const page = await scene.open(url);
    await page.getByText('test-signer 1.0.0').waitFor();
    const stranger = await (await scene.otherContext()).newPage();
    expect((await stranger.goto(url))?.status()).toBe(401);
    await stranger.getByText('This link was used').waitFor();
    await press(page);
    expect((await placed).end.kind).toBe('finalized');
  });

  test('is not reached by a page of another origin', async () => {
    const placed = place();
    const { url } = await scene.state('waiting-for-browser');
    const page = await scene.open(url);
    await page.getByText('test-signer 1.0.0').waitFor();
    const { origin } = new URL(url);
    const foreign = await attackFromElsewhere(scene.context, origin);
    expect(foreign.outcome).toBe('kept out');
    await press(page);
    expect((await placed).end.kind).toBe('finalized');
  });

  test('goes on by a fresh link when the tab was closed, and signs once', async () => {
    const placed = place();
    const first = await openPage();
    await first.getByText('test-signer 1.0.0').waitFor();
    await scene.state('waiting-for-extension');
    await first.close();
    const page = await openPage();
    await press(page);
    expect((await placed).end.kind).toBe('finalized');
    expect(await nextNonce()).toBe(1);
  });

  test('goes on in the newest tab alone', async () => {
    const placed = place();
    const first = await openPage();
    await first.getByText('test-signer 1.0.0').waitFor();
    const second = await scene.open(new URL(first.url()).href);
    await second.getByText('test-signer 1.0.0').waitFor();
    expect(await over(first)).toBe('moved');
    await press(second);
    expect((await placed).end.kind).toBe('finalized');
  });

  test('is not waited for any longer when its owner calls it off in the app', async () => {
    const giveUp = new AbortController();
    const connected = scene.bridge.connect(giveUp.signal);
    const page = await openPage();
    await page.getByText('test-signer 1.0.0').waitFor();
    giveUp.abort();
    await expect(connected).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await over(page)).toBe('stopped');
    expect(scene.states.at(-1)).toEqual({ kind: 'idle' });
  });

  test('is named as missing where there is none', async () => {
    const connected = scene.bridge.connect(never);
    connected.catch(() => undefined);
    const plain = await (await scene.otherContext()).newPage();
    await plain.goto((await scene.state('waiting-for-browser')).url);
    await plain.getByText('No wallet extension shows itself').waitFor();
    expect(await plain.getByTestId('extension-go').isDisabled()).toBe(true);
    await look(plain, 'none');
    await plain.getByTestId('extension-refuse').click();
    await expect(connected).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
  });

  test('may sign while the node is gone: the call is sent once or never, and which is known', async () => {
    const honest = scene.extension.sign;
    scene.extension.sign = async (payload: SignerPayloadJSON) => {
      await chain.devnet.stopServing();
      return honest(payload);
    };
    const placed = place();
    const page = await openPage();
    await press(page);
    await page.getByTestId('extension-over').waitFor();
    expect(await over(page)).toBe('signed');
    await chain.devnet.serveAgain();
    const { end } = await placed;
    expect(end.kind).toBe('finalized');
    expect(await nextNonce()).toBe(1);
  });

  test('of the browser that shows the dashboard answers from there too', async () => {
    const folder = await buildRenderer();
    const dashboard = await startDashboardServer(folder, states.earning);
    try {
      const page = await scene.open(dashboard.url);
      await page.getByTestId('page-home').waitFor();
      const placed = place();
      dashboard.show({ ...states.earning, host: 'headless', extension: await scene.state('waiting-for-browser') });
      await page.getByText('The extension of this browser answers').waitFor();
      await page.getByTestId('extension-request').getByText('subtensorModule.add_stake_limit').waitFor();
      await look(page, 'dashboard');
      const [signing] = await Promise.all([page.waitForEvent('popup'), page.getByTestId('open-extension').click()]);
      await signing.getByText('test-signer 1.0.0').waitFor();
      dashboard.show({ ...states.earning, host: 'headless', extension: await scene.state('waiting-for-extension') });
      await page.getByText('which has test-signer').waitFor();
      await press(signing);
      expect((await placed).end.kind).toBe('finalized');
      expect(await nextNonce()).toBe(1);
    } finally {
      await dashboard.close();
      await rm(folder, { recursive: true });
    }
  });
});
