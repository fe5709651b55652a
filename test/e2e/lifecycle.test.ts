import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { lockHome } from '#main/core/home-lock.ts';
import { launchApp, newHome } from './launch.ts';
import { expectGroupEnds, nodeServices } from './processes.ts';
import { expectLog, spawnApp } from './spawn-app.ts';

async function temporaryHome(): Promise<string> {
  const home = await newHome();
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

describe.runIf(process.platform === 'linux')('the end of the app', () => {
  test('kill -9 of main while it earns takes every process with it, and the next start goes on', async () => {
    const home = await temporaryHome();
    const { app, page } = await launchApp({ home });
    const groupId = app.process().pid!;
    await page.getByTestId('start-button').click();
    await expect.poll(() => nodeServices(groupId).length, { timeout: 60_000 }).toBe(5);
    const hotkey = await hotkeyShown(page);
    const ended = app.waitForEvent('close');
    process.kill(groupId, 'SIGKILL');
    await ended;
    await expectGroupEnds(groupId);

    const next = await launchApp({ home });
    await next.page.getByTestId('page-home').waitFor();
    expect(await hotkeyShown(next.page)).toBe(hotkey);
    await next.close();
  });

  test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order', async (signal) => {
    const app = spawnApp(await temporaryHome());
    const groupId = app.child.pid!;
    await expectLog(app, 'devnet: chain: Millrace devnet');
    process.kill(groupId, signal);
    expect(await app.exited).toBe(0);
    await expectGroupEnds(groupId);
  });
});

describe('a start that cannot succeed says why', () => {
  test('when another Millrace, maybe without a window, works with the data folder', async () => {
    const home = await temporaryHome();
    const lock = lockHome(home);
    onTestFinished(() => lock.release());
    await expectLog(spawnApp(home), `Millrace is already running with this data folder (${home})`);
  });

  test('when the data folder cannot be created', async () => {
    const home = join(await temporaryHome(), 'file');
    writeFileSync(home, '');
    await expectLog(spawnApp(join(home, 'inside')), 'cannot be created');
  });

  test('when the wallet is damaged', async () => {
    const home = await temporaryHome();
    mkdirSync(join(home, 'wallet'), { recursive: true });
    writeFileSync(join(home, 'wallet/coldkey.json'), '{"half');
    await expectLog(spawnApp(home), 'coldkey.json');
  });

  test('when a flag is wrong', async () => {
    await expectLog(spawnApp(await temporaryHome(), ['--home']), '--home needs a folder');
  });
});

const hotkeyShown = (page: { evaluate(text: string): Promise<unknown> }): Promise<unknown> =>
  page.evaluate(`new Promise((resolve) => {
    millrace.subscribe((message) => {
      if (message.kind === 'snapshot') resolve(message.state.wallet.hotkey);
    });
  })`);
