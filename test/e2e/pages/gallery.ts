/**
 * Draws every state of the dashboard with the real bundle, a real browser and recorded states, and lets axe judge each.
 * `node test/e2e/pages/gallery.ts [folder]` leaves PNGs in the folder (default test/e2e/shots/gallery) and ends 1 on a
 * violation, a page error or a refusal by the CSP. The browser: MILLRACE_CHROMIUM, else /usr/bin/chromium.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { startDashboardServer } from '../../renderer/fixtures/dashboard-server.ts';
import { FIXTURE_NOW_MS, states } from '../../renderer/fixtures/states.ts';
import { axeViolations, openPage, PAGE_NAMES, type PageName } from '../pages.ts';
import { buildRenderer } from './renderer-build.ts';

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
  { state: 'detecting', page: 'hardware' },
  { state: 'offline', page: 'wallet' },
  { state: 'no-wallet', page: 'wallet' },
  ...(['keys-found', 'keys-ready', 'keys-locked', 'no-keychain'] as const).map((state) => ({ state, page: 'wallet', height: 1200 }) as const),
  { state: 'earning', page: 'home', width: 720, height: 700 },
  { state: 'earning', page: 'hardware', width: 720, height: 700 },
  { state: 'earning', page: 'home', width: 1440, height: 900 },
  { state: 'earning', page: 'hardware', width: 1440, height: 900 },
  ...PAGE_NAMES.map((page) => ({ state: 'earning', page, textPercent: 200 }) as const),
];

const folder = process.argv[2] ?? join(import.meta.dirname, '../shots/gallery');
const problems: string[] = [];

async function take(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  problems.push(...(await axeViolations(page)).map((line) => `${name}: ${line}`));
  const overflow = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
  if (overflow) problems.push(`${name}: wider than the window`);
}

await mkdir(folder, { recursive: true });
const built = await buildRenderer();
const server = await startDashboardServer(built, null);
const browser = await chromium.launch({
  executablePath: process.env['MILLRACE_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-background-networking'],
});
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const context = await browser.newContext({ viewport: { width: 1000, height: 700 }, colorScheme });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.clock.setFixedTime(FIXTURE_NOW_MS);
    page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      // Refused connections are part of the play; everything else on the console is not.
      const isExpected = /WebSocket connection|ERR_CONNECTION/.test(message.text());
      if (['error', 'warning'].includes(message.type()) && !isExpected) problems.push(`console: ${message.text()}`);
    });

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
    await context.close();
    server.setReachable(true);
  }
} catch (error) {
  problems.push(String(error));
} finally {
  await browser.close();
  await server.close();
  await rm(built, { recursive: true });
}
for (const problem of problems) console.error(problem);
console.log(`${folder}: ${problems.length === 0 ? 'no problem' : `${problems.length.toString()} problems`}`);
process.exitCode = problems.length === 0 ? 0 : 1;
