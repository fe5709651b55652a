import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

/** Names of the pages as in their `data-testid`s: `nav-home` opens `page-home`. */
export const PAGE_NAMES = ['home', 'hardware', 'wallet', 'settings'] as const;
export type PageName = (typeof PAGE_NAMES)[number];

const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** One readable line per violation of WCAG 2.2 A and AA and of axe's best practices; empty when there is none. */
export async function axeViolations(page: Page): Promise<readonly string[]> {
  // Evaluated over the debugging channel: a script tag would be refused by the page's CSP, as it should.
  await page.evaluate(await readFile(axePath, 'utf8'));
  const results = await page.evaluate<AxeResults>('axe.run(document)');
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}: ${node.html.slice(0, 160)} ${node.failureSummary ?? ''}`),
  );
}

export async function openPage(page: Page, name: PageName): Promise<void> {
  await page.getByTestId(`nav-${name}`).click();
  await page.getByTestId(`page-${name}`).waitFor();
}

/**
 * Chooses the theme in Settings, opens every page, leaves `<shotDir>/<page>-<theme>.png` of each, and returns axe's
 * violations, each with page and theme before it. Ends on Home.
 */
export async function visitAllPages(page: Page, shotDir: string, theme: 'light' | 'dark'): Promise<readonly string[]> {
  await mkdir(shotDir, { recursive: true });
  await openPage(page, 'settings');
  // The radio button itself is drawn by its label.
  await page.getByTestId(`theme-${theme}`).locator('..').click();
  // A locator, not a polled script: the page's CSP forbids to evaluate text.
  await page.locator(`html[data-theme='${theme}']`).waitFor();
  const violations: string[] = [];
  for (const name of PAGE_NAMES) {
    await openPage(page, name);
    await page.screenshot({ path: join(shotDir, `${name}-${theme}.png`), animations: 'disabled' });
    violations.push(...(await axeViolations(page)).map((line) => `${name}, ${theme}: ${line}`));
  }
  await openPage(page, 'home');
  return violations;
}
