import type { App } from 'electron';
import { expect, test } from 'vitest';
import { FINNEY_GENESIS } from '#protocol/chain/genesis.ts';
import { explorerUrl } from '#main/core/wallet-service/explorer.ts';
import { mayOpenLink } from '#main/electron/open-link.ts';
import { guardContents } from '#main/electron/session-guards.ts';
import type { ExtensionState } from '#protocol/contract/extension.ts';

const idle: ExtensionState = { kind: 'idle' };
const page = 'http://127.0.0.1:39317/?token=abc';
const waiting: ExtensionState = {
  ...{ kind: 'waiting-for-browser', purpose: 'connect', url: page, expiresAtMs: 1, shown: null },
};
const block = explorerUrl(FINNEY_GENESIS, 4_321)!;

test('opens a block in the explorer, as the browser writes its address', () => {
  expect(mayOpenLink(block, idle)).toBe(true);
  expect(new URL(block).href).toBe(block);
});

test.each([
  ['another page of its site', 'https://polkadot.js.org/'],
  ['the explorer at another node', block.replace('entrypoint-finney.opentensor.ai', 'example.com')],
  ['another page of the explorer', block.replace('explorer/query/4321', 'accounts')],
  ['no block', block.replace('4321', '..%2f1')],
  ['a block with a zero before it', block.replace('4321', '04321')],
  ['another site', block.replace('polkadot.js.org', 'polkadot.js.org.example.com')],
  ['without encryption', block.replace('https', 'http')],
  ['a file', 'file:///etc/passwd'],
  ['a program', 'javascript:alert(1)//1'],
  ['nothing', ''],
])('does not open %s', (_what, url) => {
  expect(mayOpenLink(url, idle)).toBe(false);
});

test('opens the extension’s page while it waits for a browser, and no other', () => {
  expect(mayOpenLink(page, waiting)).toBe(true);
  expect(mayOpenLink(`${page}d`, waiting)).toBe(false);
  expect(mayOpenLink('http://127.0.0.1:39317/', waiting)).toBe(false);
  expect(mayOpenLink(page, idle)).toBe(false);
  const entered: ExtensionState = {
    ...{ kind: 'waiting-for-extension', purpose: 'connect', extensions: [], expiresAtMs: 1, shown: null },
  };
  expect(mayOpenLink(page, entered)).toBe(false);
});

type OpenHandler = (details: { readonly url: string }) => { readonly action: string };

test('makes no window for a link, whether it opens in the browser or not, and says which was denied', () => {
  const opened: string[] = [];
  const logs: string[] = [];
  let handler: OpenHandler | null = null;
  const contents = { on: () => undefined, setWindowOpenHandler: (given: OpenHandler) => (handler = given) };
  const app = { on: (_event: string, created: (event: object, made: object) => void) => created({}, contents) };
  guardContents(app as unknown as App, {
    log: (_level, message) => logs.push(message),
    openLink: (url) => {
      if (mayOpenLink(url, waiting)) opened.push(url);
      return opened.includes(url);
    },
  });
  const open = handler as OpenHandler | null;
  expect([block, page, 'https://example.com/'].map((url) => open?.({ url }).action)).toEqual(['deny', 'deny', 'deny']);
  expect(opened).toEqual([block, page]);
  expect(logs).toEqual(['The page was denied a window for https://example.com/']);
});
