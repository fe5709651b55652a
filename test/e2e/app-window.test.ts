import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchApp, type LaunchedApp } from './launch.ts';

describe('the app in a real Electron', () => {
  let launched: LaunchedApp;

  beforeAll(async () => {
    launched = await launchApp();
  });
  afterAll(() => launched.close());

  test('opens its window on the app’s own scheme, with the home page', async () => {
    const { page } = launched;
    await page.getByTestId('page-home').waitFor();
    expect(new URL(page.url()).protocol).not.toBe('file:');
    expect(await page.title()).toBe('Millrace');
  });

  test('keeps Node out of the page', async () => {
    const kinds = await launched.page.evaluate('[typeof require, typeof process, typeof module]');
    expect(kinds).toEqual(['undefined', 'undefined', 'undefined']);
  });

  test('refuses to navigate away and to open windows', async () => {
    const { app, page } = launched;
    const before = page.url();
    await page.evaluate(`location.href = 'https://example.com/'`);
    expect(await page.evaluate(`window.open('https://example.com/') === null`)).toBe(true);
    expect(page.url()).toBe(before);
    expect(app.windows()).toHaveLength(1);
  });
});
