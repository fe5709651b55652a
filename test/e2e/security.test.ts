import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../../scripts/build/stale.ts';
import { launchApp, type LaunchedApp } from './launch.ts';

/**
 * Runs text in the page as the page itself would: what the debugger evaluates at once is exempt from the content security policy,
 * what runs from a timer is not.
 */
const later = (expression: string): string => `new Promise((resolve) => setTimeout(() => resolve(${expression})))`;

describe('a page that has turned hostile', () => {
  let launched: LaunchedApp;
  const evaluate = <Value>(expression: string): Promise<Value> => launched.page.evaluate<Value>(expression);

  beforeAll(async () => {
    launched = await launchApp();
    await launched.page.getByTestId('page-home').waitFor();
  });
  afterAll(() => launched.close());

  test('finds nothing of Node or Electron, and two functions of ours', async () => {
    const kinds = await evaluate('[typeof require, typeof process, typeof module, typeof window.require]');
    expect(kinds).toEqual(['undefined', 'undefined', 'undefined', 'undefined']);
    expect(await evaluate('Object.keys(window.millrace).sort()')).toEqual(['command', 'subscribe']);
  });

  test('cannot replace those two functions', async () => {
    expect(await evaluate('{ try { millrace.command = null } catch {} typeof millrace.command }')).toBe('function');
  });

  test('stays where it is', async () => {
    const { page, log } = launched;
    await evaluate(`{ location.href = 'https://example.com/' }`);
    await evaluate(`{ location.href = 'file:///etc/passwd' }`);
    await expect.poll(log).toContain('denied a navigation to https://example.com/');
    expect(page.url()).toBe('millrace://app/');
    // Not a locator: Playwright would wait for the end of a navigation that never began.
    expect(await evaluate(`document.querySelector('[data-testid="page-home"]') !== null`)).toBe(true);
  });

  test('opens no window', async () => {
    expect(await evaluate(`window.open('https://example.com/') === null`)).toBe(true);
    expect(await evaluate(`window.open('millrace://app/') === null`)).toBe(true);
    expect(launched.app.windows()).toHaveLength(1);
  });

  test('gets no permission', async () => {
    expect(await evaluate('Notification.requestPermission()')).toBe('denied');
    expect(await evaluate(`navigator.permissions.query({ name: 'geolocation' }).then((p) => p.state)`)).toBe('denied');
    const position = `new Promise((resolve) => navigator.geolocation.getCurrentPosition(resolve, (e) => resolve(e.code)))`;
    expect(await evaluate(position)).toBe(1);
    expect(await evaluate(`navigator.clipboard.readText().catch((error) => error.name)`)).toBe('NotAllowedError');
  });

  test('runs no inline script and no eval', async () => {
    const inline = `{
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.body.append(script);
    }`;
    await evaluate(inline);
    expect(await evaluate('window.inlineRan ?? false')).toBe(false);
    expect(await evaluate(later(`(() => { try { return eval('1') } catch (e) { return e.name } })()`))).toBe(
      'EvalError',
    );
  });

  test('reaches no server, neither by its own means nor past the content security policy', async () => {
    const refused = await evaluate(later(`fetch('https://example.com/').catch((error) => error.name)`));
    expect(refused).toBe('TypeError');
    const blocked = await launched.app.evaluate(async ({ session }) => {
      try {
        return (await session.defaultSession.fetch('http://127.0.0.1:9/')).status.toString();
      } catch (error) {
        return String(error);
      }
    });
    expect(blocked).toContain('ERR_BLOCKED_BY_CLIENT');
  });

  test('reads the files of the page and no others', async () => {
    const status = (url: string): Promise<number> => evaluate(`fetch('${url}').then((answer) => answer.status)`);
    expect(await status('millrace://app/app.js')).toBe(200);
    expect(await status('millrace://app/../package.json')).toBe(404);
    expect(await status('millrace://app/..%2f..%2fpackage.json')).toBe(404);
    expect(await status('millrace://app/main.js')).toBe(404);
    const file = await evaluate(later(`fetch('file:///etc/hostname').catch((error) => error.name)`));
    expect(file).toBe('TypeError');
  });

  test('has its commands checked', async () => {
    const command = (args: string): Promise<unknown> => evaluate(`millrace.command(${args})`);
    expect(await command(`'work.steal', {}`)).toMatchObject({ ok: false });
    expect(await command(`'__proto__', {}`)).toMatchObject({ ok: false });
    expect(await command(`'settings.update', { cpuThreads: -1 }`)).toMatchObject({ ok: false });
    expect(await command(`'settings.update', { home: '/etc' }`)).toMatchObject({ ok: false });
    expect(await command(`'settings.update', null`)).toMatchObject({ ok: false });
  });

  test('in a window that is not ours gets neither commands nor state', async () => {
    const { app } = launched;
    const opened = app.waitForEvent('window');
    const preload = resolve(root, 'dist/preload.cjs');
    await app.evaluate(({ BrowserWindow }, path) => {
      const stranger = new BrowserWindow({ show: false, webPreferences: { preload: path, sandbox: true } });
      void stranger.loadURL('millrace://app/');
    }, preload);
    const stranger = await opened;
    await stranger.waitForLoadState();
    const reply = await stranger.evaluate<unknown>(`millrace.command('work.start', {})`);
    expect(reply).toMatchObject({ ok: false, code: 'FORBIDDEN' });
    expect(await stranger.evaluate(`document.querySelector('[data-testid^=page-]')`)).toBeNull();
    const closed = stranger.waitForEvent('close');
    await app.evaluate(({ BrowserWindow }) => {
      for (const window of BrowserWindow.getAllWindows()) if (!window.isVisible()) window.destroy();
    });
    await closed;
  });
});
