import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ElectronApplication } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchApp, newHome, type LaunchedApp } from './launch.ts';
import { openPage } from './pages.ts';
import { spawnApp } from './spawn-app.ts';

const boundsOf = (app: ElectronApplication) =>
  app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.getNormalBounds());

describe('the app in a real Electron', () => {
  let launched: LaunchedApp;

  beforeAll(async () => {
    launched = await launchApp();
  });
  afterAll(() => launched.close());

  test('opens its window on the app’s own scheme, with the home page', async () => {
    const { page } = launched;
    await page.getByTestId('page-home').waitFor();
    expect(page.url()).toBe('millrace://app/');
    expect(await page.title()).toBe('Millrace');
  });

  test('opens it large enough for everything, and lets nobody make it too small', async () => {
    expect(await boundsOf(launched.app)).toMatchObject({ width: 1000, height: 700 });
    const minimum = await launched.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]!.getMinimumSize(),
    );
    expect(minimum).toEqual([720, 560]);
  });

  test('copies an address although the page has no permission for the clipboard', async () => {
    const { app, page } = launched;
    await openPage(page, 'wallet');
    await page.getByRole('button', { name: 'Copy' }).first().click();
    const text = () => app.evaluate(({ clipboard }) => clipboard.readText());
    await expect.poll(text).toMatch(/^5\w{47}$/);
    expect(await page.locator('main').textContent()).toContain(await text());
  });

  test('leaves the GPU to the training', async () => {
    const status = await launched.app.evaluate(({ app }) => app.getGPUFeatureStatus());
    expect(status.gpu_compositing).toMatch(/^disabled/);
  });

  test('the frame follows the theme of the page', async () => {
    const { app, page } = launched;
    await openPage(page, 'settings');
    for (const theme of ['dark', 'light'] as const) {
      await page.getByTestId(`theme-${theme}`).locator('..').click();
      await expect.poll(() => app.evaluate(({ nativeTheme }) => nativeTheme.themeSource)).toBe(theme);
    }
  });

  test('takes a work share from the keyboard, says what it means, and keeps it', async () => {
    const { page, home } = launched;
    await openPage(page, 'settings');
    const slider = page.getByRole('slider', { name: 'Work share' });
    await slider.focus();
    // Quicker than main answers: the slider must not jump back to an earlier answer.
    for (const key of ['Home', 'ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
    expect(await slider.inputValue()).toBe('25');
    expect(await slider.getAttribute('aria-valuetext')).toBe('25 %, works 2.5 of 10 seconds');
    const saved = async (): Promise<unknown> => JSON.parse(await readFile(join(home, 'settings.json'), 'utf8'));
    await expect.poll(saved).toMatchObject({ workShare: 0.25 });
    await page.keyboard.press('End');
    await expect.poll(saved).toMatchObject({ workShare: 1 });
  });

  test('a page that crashes comes back with the state', async () => {
    const { app } = launched;
    // Through main: for Playwright, a page that has crashed stays so.
    await app.evaluate(async ({ BrowserWindow }) => {
      const { webContents } = BrowserWindow.getAllWindows()[0]!;
      const loaded = new Promise<void>((resolve) => webContents.once('did-finish-load', () => resolve()));
      webContents.forcefullyCrashRenderer();
      await loaded;
    });
    const isShown = () =>
      app.evaluate(({ BrowserWindow }) => {
        const { webContents } = BrowserWindow.getAllWindows()[0]!;
        return webContents.executeJavaScript(`document.querySelector('[data-testid="page-home"]') !== null`);
      });
    await expect.poll(isShown, { timeout: 15_000 }).toBe(true);
  });

  test('a second start brings the window to the front and ends', async () => {
    const { app, home } = launched;
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.hide());
    const second = spawnApp(home);
    expect(await second.exited).toBe(0);
    expect(second.log()).toContain('already running');
    const isVisible = () => app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.isVisible());
    await expect.poll(isVisible).toBe(true);
    expect(app.windows()).toHaveLength(1);
  });
});

test('the window comes back where it was, and closing it ends the app when its owner wants no tray', async () => {
  const home = await newHome();
  try {
    const first = await launchApp({ home });
    await first.page.getByTestId('page-home').waitFor();
    const bounds = { x: 60, y: 40, width: 900, height: 640 };
    await first.app.evaluate(
      ({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]!.setBounds(wanted),
      bounds,
    );
    const noTray = `millrace.command('settings.update', { closeToTray: false })`;
    expect(await first.page.evaluate(noTray)).toEqual({ ok: true });
    const ended = first.app.waitForEvent('close');
    await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]!.close());
    await ended;

    const second = await launchApp({ home });
    expect(await boundsOf(second.app)).toEqual(bounds);
    await second.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
