import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import recorded from '../fixtures/outer-rounds.json' with { type: 'json' };
import { bundleRecordedRun } from '../support/bundle-recorded-run.ts';
import { startingRootAside } from '../support/recorded-run.ts';
import { launchApp, type LaunchedApp } from './launch.ts';

/** Node under each of V8's compilers gives them too: test/protocol/recorded-run.test.ts. */
describe('twenty recorded rounds of sixteen peers give the recorded roots', () => {
  let launched: LaunchedApp;
  let script: string;

  beforeAll(async () => {
    launched = await launchApp();
    script = await bundleRecordedRun();
  });
  afterAll(() => launched.close());

  test('in Electron’s main process, with portable and with native hashing', async () => {
    const play = (hash: string): Promise<unknown> =>
      // Indirect: a direct one would see the variables of Playwright's own function. Held: nobody else refers to the promise while
      // it plays, so that it could be collected.
      launched.app.evaluate((_, text) => {
        const held = globalThis as { playing?: unknown };
        held.playing = (0, eval)(text) as unknown;
        return held.playing;
      }, `${script};recordedRun.playRecordedRuns(${hash})`);
    expect(await play('')).toEqual(recorded);
    expect(await play(`() => process.getBuiltinModule('node:crypto').createHash('sha256')`)).toEqual(recorded);
  });

  test('in a Chromium page, and WebCrypto gives the same root there and in the main process', async () => {
    const { app, page } = launched;
    await page.getByTestId('page-home').waitFor();
    expect(await page.evaluate<unknown>(`${script};recordedRun.playRecordedRuns()`)).toEqual(recorded);
    const root = `${script};recordedRun.startingRootAside()`;
    const expected = await startingRootAside();
    expect(await page.evaluate<unknown>(root)).toBe(expected);
    expect(await app.evaluate((_, text) => (0, eval)(text) as unknown, root)).toBe(expected);
  });
});
