import type { SignerPayloadJSON } from '@polkadot/types/types';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { addressOf } from '#protocol/keys.ts';
import { validator } from '../support/chain-fixtures.ts';
import { type ExtensionWalletScene, startExtensionWalletScene, TIMEOUT_MS } from './extension-wallet-scene.ts';
import { hasChromium, NO_CHROMIUM } from './extension-scene.ts';
import { attackFromElsewhere } from './foreign-page.ts';

/** A transaction lives for 64 blocks: until then it may come to be, and the app waits. */
const BLOCK_MS = 800;

if (!hasChromium) console.warn(NO_CHROMIUM);

describe.skipIf(!hasChromium)('the real app and an extension, when something goes wrong between them', () => {
  let scene: ExtensionWalletScene;
  let honest: ExtensionWalletScene['browser']['extension']['sign'];
  let sentBefore: number;
  let sharesBefore: number;
  const shares = () => scene.sharesWith(addressOf(validator.hot.publicKey));

  beforeAll(async () => {
    scene = await startExtensionWalletScene(BLOCK_MS);
    honest = scene.browser.extension.sign;
  }, 120_000);
  afterAll(() => scene.close());
  beforeEach(async () => {
    scene.browser.extension.sign = honest;
    [sentBefore, sharesBefore] = await Promise.all([scene.nonce(), shares()]);
  });

  /** Asks for the signature of a stake, and opens the page for it. */
  async function askToSign() {
    await scene.quoteStake('2');
    await scene.get('sign').click();
    const page = await scene.openedPage();
    await page.getByText('test-signer 1.0.0').waitFor();
    return page;
  }
  /** How it ended is in words, and no transaction of Alice's was sent. */
  async function endsUnsent(words: string): Promise<void> {
    await scene.untilStatus('not-sent');
    await scene.get('stake-dialog').getByText(words).first().waitFor();
    await scene.get('progress-close').click();
    expect(await scene.nonce()).toBe(sentBefore);
    expect(await shares()).toBe(sharesBefore);
  }
  /** It is staked, by one transaction. */
  async function endsOnce(): Promise<void> {
    await scene.untilStatus('finalized');
    await scene.get('progress-close').click();
    expect(await scene.nonce()).toBe(sentBefore + 1);
    expect(await shares()).toBeGreaterThan(sharesBefore);
  }

  test('begin with the account that its owner chooses', () => scene.connectAlice());

  test('a signature that its owner refuses ends in words', async () => {
    const page = await askToSign();
    await page.getByTestId('extension-refuse').click();
    await endsUnsent('You did not sign in your browser; nothing was sent');
  });

  test('an extension that refuses ends in words', async () => {
    scene.browser.extension.sign = () => Promise.reject(new Error('Cancelled'));
    const page = await askToSign();
    await page.getByTestId('extension-go').click();
    await endsUnsent('You did not sign in your browser; nothing was sent');
  });

  test('a signature of another payload than the one that was shown is not sent', async () => {
    scene.browser.extension.sign = (payload: SignerPayloadJSON) => honest({ ...payload, tip: '0x00ff' });
    const page = await askToSign();
    await page.getByTestId('extension-go').click();
    await endsUnsent('does not fit');
  });

  test('a page of another origin can neither answer nor read', async () => {
    const page = await askToSign();
    const { origin } = new URL(page.url());
    const foreign = await attackFromElsewhere(scene.browser.context, origin);
    expect(foreign.outcome).toBe('kept out');
    await foreign.page.close();
    await page.getByTestId('extension-go').click();
    await endsOnce();
  });

  test('a link that was used opens for nobody else, and a closed tab is opened again by the fresh one in the window', async () => {
    const first = await askToSign();
    const used = await scene.lastOpenedUrl();
    const stranger = await (await scene.browser.otherContext()).newPage();
    expect((await stranger.goto(used))?.status()).toBe(401);
    await stranger.getByText('This link was used').waitFor();
    await first.close();
    const link = scene.get('stake-dialog').getByRole('link', { name: 'open it' });
    await link.waitFor({ timeout: TIMEOUT_MS });
    const fresh = await link.getAttribute('href');
    expect(fresh).not.toBe(used);
    const page = await scene.browser.open(fresh!);
    await page.getByTestId('extension-go').click();
    await endsOnce();
  });

  test('a closed tab that nobody opens again is called off in the window', async () => {
    const page = await askToSign();
    await page.close();
    await scene.get('stake-dialog').getByRole('button', { name: 'Do not sign' }).click();
    await endsUnsent('You cancelled it before it was signed. Nothing was sent.');
  });

  test('a node that is gone while its owner signs gets the order once it is back, once', async () => {
    scene.browser.extension.sign = async (payload: SignerPayloadJSON) => {
      scene.line.cut();
      await scene.launched.page.getByText('out of reach').first().waitFor({ timeout: TIMEOUT_MS });
      const signed = await honest(payload);
      scene.line.mend();
      return signed;
    };
    const page = await askToSign();
    await page.getByTestId('extension-go').click();
    await endsOnce();
  });

  test('an order whose answer got lost with the connection is found in the blocks, and sent once', async () => {
    const page = await askToSign();
    const { length } = scene.line.submitted;
    scene.line.atSubmission = 'break-before-answer';
    await page.getByTestId('extension-go').click();
    await endsOnce();
    expect(scene.line.submitted).toHaveLength(length + 1);
  });

  test('an order that got lost with the connection is void in the end, is not sent anew, and leaves room for the next', async () => {
    const page = await askToSign();
    const { length } = scene.line.submitted;
    scene.line.atSubmission = 'break-before-node';
    await page.getByTestId('extension-go').click();
    await scene.untilStatus('pending');
    await scene.untilStatus('refused');
    await scene.get('stake-dialog').getByText('now none can any more. Nothing was paid; try again').waitFor();
    await scene.get('progress-close').click();
    expect(scene.line.submitted).toHaveLength(length);
    expect(await scene.nonce()).toBe(sentBefore);
    expect(await shares()).toBe(sharesBefore);
    const again = await askToSign();
    await again.getByTestId('extension-go').click();
    await endsOnce();
  });
});
