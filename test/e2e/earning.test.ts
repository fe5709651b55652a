import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchApp, type LaunchedApp } from './launch.ts';
import { axeViolations, openPage, visitAllPages } from './pages.ts';
import { expectGroupEnds, nodeServices } from './processes.ts';

const shotFolder = join(import.meta.dirname, 'shots');
const themes = ['light', 'dark'] as const;
const isLinux = process.platform === 'linux';

/** The first reward comes after one to three rounds of about 15 s; a busy machine takes longer for all of it. */
const FIRST_REWARD_TIMEOUT_MS = 200_000;

describe('from the window to the first reward', () => {
  let launched: LaunchedApp;
  const problems: string[] = [];

  beforeAll(async () => {
    launched = await launchApp();
    launched.page.on('pageerror', (error) => problems.push(error.message));
    launched.page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
  });
  afterAll(() => launched.close());

  test.each(themes)('all four pages in %s can be used by everyone', async (theme) => {
    await launched.page.getByTestId('page-home').waitFor();
    expect(await visitAllPages(launched.page, shotFolder, theme)).toEqual([]);
  });

  test('one click earns the first reward', async () => {
    const { page } = launched;
    await openPage(page, 'home');
    expect(await page.getByTestId('earned-total').textContent()).not.toMatch(/[1-9]/);
    await page.getByTestId('start-button').click();
    await page.getByTestId('pause-button').waitFor();
    await page.locator('[data-work="training"]').waitFor({ timeout: FIRST_REWARD_TIMEOUT_MS });
    const earned = page.getByTestId('earned-total').filter({ hasText: /[1-9]/ });
    await earned.waitFor({ timeout: FIRST_REWARD_TIMEOUT_MS });
  });

  test.runIf(isLinux)('worker, validator, chain and two companions run beside the window', () => {
    expect(nodeServices(groupIdOf(launched))).toHaveLength(5);
  });

  test.each(themes)('home while earning, in %s, can be used by everyone', async (theme) => {
    const { page } = launched;
    await openPage(page, 'settings');
    await page.getByTestId(`theme-${theme}`).check({ force: true });
    await openPage(page, 'home');
    await page.getByTestId('pause-button').waitFor();
    await page.screenshot({ path: join(shotFolder, `home-earning-${theme}.png`), animations: 'disabled' });
    expect(await axeViolations(page)).toEqual([]);
  });

  test('the page logged no error and broke no rule of its content security policy', () => {
    expect(problems).toEqual([]);
  });

  test.runIf(isLinux)('pause gives the machine back: only the chain goes on', async () => {
    const { page } = launched;
    await page.getByTestId('pause-button').click();
    await page.locator('[data-work="stopped"]').waitFor();
    await expect.poll(() => nodeServices(groupIdOf(launched)).length, { timeout: 15_000 }).toBe(1);
  });

  test.runIf(isLinux)('quitting while it earns leaves no process behind', async () => {
    const groupId = groupIdOf(launched);
    await launched.page.getByTestId('start-button').click();
    await launched.page.getByTestId('pause-button').waitFor();
    await expect.poll(() => nodeServices(groupId).length, { timeout: 30_000 }).toBe(5);
    await launched.close();
    await expectGroupEnds(groupId);
  });
});

/** The tests' launcher makes each app the leader of its own process group. */
function groupIdOf({ app }: LaunchedApp): number {
  const { pid } = app.process();
  if (pid === undefined) throw new Error('The app has no process');
  return pid;
}
