import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { startDashboardServer, type DashboardServer } from '../../renderer/fixtures/dashboard-server.ts';
import { FIXTURE_NOW_MS } from '../../renderer/fixtures/states.ts';
import { axeViolations } from '../pages.ts';
import { buildRenderer } from './renderer-build.ts';

type ColorScheme = 'light' | 'dark';

export interface GalleryStage {
  readonly server: DashboardServer;
  /** Of 1000 × 700, at the fixtures' time. What it says on the console is a problem, but for refused connections. */
  readonly openPage: (colorScheme: ColorScheme) => Promise<Page>;
  /** Leaves `<name>.png`, and notes what axe finds and a page that is wider than its window. */
  readonly take: (page: Page, name: string) => Promise<void>;
  readonly problems: string[];
}

/** Runs `scenes` with the real bundle in a real browser (MILLRACE_CHROMIUM, else /usr/bin/chromium), then tells and sets the exit code. */
export async function runGallery(folder: string, scenes: (stage: GalleryStage) => Promise<void>): Promise<void> {
  const problems: string[] = [];
  await mkdir(folder, { recursive: true });
  const built = await buildRenderer();
  const server = await startDashboardServer(built, null);
  const browser = await chromium.launch({
    executablePath: process.env['MILLRACE_CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  const stage: GalleryStage = {
    ...{ server, problems },
    async openPage(colorScheme) {
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
      return page;
    },
    async take(page, name) {
      await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
      problems.push(...(await axeViolations(page)).map((line) => `${name}: ${line}`));
      const overflow = await page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth');
      if (overflow) problems.push(`${name}: wider than the window`);
    },
  };
  try {
    await scenes(stage);
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
}
