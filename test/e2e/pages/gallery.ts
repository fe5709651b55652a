/**
 * Draws every state of the dashboard with the real bundle, a real browser and recorded states, and lets axe judge each.
 * `node test/e2e/pages/gallery.ts [folder]` leaves PNGs in the folder (default test/e2e/shots/gallery) and ends 1 on a
 * violation, a page error or a refusal by the CSP. The browser: MILLRACE_CHROMIUM, else /usr/bin/chromium.
 */
import { join } from 'node:path';
import { states } from '../../renderer/fixtures/states.ts';
import { openPage, PAGE_NAMES, type PageName } from '../pages.ts';
import { runGallery } from './gallery-stage.ts';

type StateName = keyof typeof states;

interface Shot {
  readonly state: StateName;
  readonly page: PageName;
  readonly width?: number;
  readonly height?: number;
  /** Root font size in percent: a reader's larger text. */
  readonly textPercent?: number;
}

const SHOTS: readonly Shot[] = [
  ...PAGE_NAMES.map((page) => ({ state: 'earning', page }) as const),
  ...(Object.keys(states) as StateName[])
    .filter((state) => state !== 'earning')
    .map((state) => ({ state, page: 'home' }) as const),
  { state: 'empty', page: 'hardware' },
  { state: 'fixed-options', page: 'settings' },
  { state: 'throttled', page: 'settings' },
  { state: 'finney', page: 'settings', height: 1300 },
  { state: 'wrong-chain', page: 'settings', height: 1400 },
  { state: 'wrong-chain', page: 'settings', width: 720, height: 1500 },
  { state: 'detecting', page: 'hardware' },
  { state: 'offline', page: 'wallet' },
  { state: 'no-wallet', page: 'wallet' },
  { state: 'earning', page: 'home', width: 720, height: 700 },
  { state: 'earning', page: 'hardware', width: 720, height: 700 },
  { state: 'earning', page: 'home', width: 1440, height: 900 },
  { state: 'earning', page: 'hardware', width: 1440, height: 900 },
  ...PAGE_NAMES.map((page) => ({ state: 'earning', page, textPercent: 200 }) as const),
];

const folder = process.argv[2] ?? join(import.meta.dirname, '../shots/gallery');

await runGallery(folder, async ({ server, openPage: openTab, take }) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await openTab(colorScheme);

    server.setReachable(false);
    await page.goto(server.url);
    await page.getByText('cannot be reached').waitFor();
    await take(page, `unreachable-${colorScheme}`);
    server.setReachable(true);
    server.show(states.earning);
    await page.reload();
    await page.getByTestId('page-home').waitFor();

    for (const { state, page: name, width = 1000, height = 700, textPercent = 100 } of SHOTS) {
      await page.setViewportSize({ width, height });
      await page.evaluate(`document.documentElement.style.fontSize = '${textPercent.toString()}%'`);
      server.show(states[state]);
      await page.locator(`[data-testid^="page-"]`).waitFor();
      await openPage(page, name);
      if (name === 'home') await page.locator(`[data-work="${states[state].work.kind}"]`).waitFor();
      const size = width === 1000 ? '' : `-${width.toString()}`;
      const text = textPercent === 100 ? '' : `-text${textPercent.toString()}`;
      await take(page, `${state}-${name}${size}${text}-${colorScheme}`);
    }
    await page.setViewportSize({ width: 1000, height: 700 });
    await page.evaluate(`document.documentElement.style.fontSize = ''`);
    await openPage(page, 'home');
    server.setReachable(false);
    await page.getByText('reconnecting').waitFor();
    await take(page, `reconnecting-${colorScheme}`);
    await page.context().close();
    server.setReachable(true);
  }
});
