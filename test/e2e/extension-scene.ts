import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { Registry, SignerPayloadJSON } from '@polkadot/types/types';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { createExtensionBridge } from '#main/core/extension/bridge.ts';
import type { ExtensionBridge } from '#main/core/extension/ports.ts';
import type { ExtensionState } from '#protocol/contract/extension.ts';
import { bundleExtensionPage } from '../../scripts/build/bundle.ts';

/** Electron's own Chromium has no tabs for strangers' pages; a browser of the system has. */
const CHROMIUM = process.env['MILLRACE_CHROMIUM'] ?? '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
export const NO_CHROMIUM = `There is no browser at ${CHROMIUM}: install Chromium or set MILLRACE_CHROMIUM.`;

interface WalletSignature {
  readonly signature: string;
  readonly signedTransaction?: string;
}

/** What the injected extension does; a test may put another in place of each. */
interface TestExtension {
  accounts: () => readonly { readonly address: string; readonly name?: string; readonly type?: string }[];
  /** @throws Error as an extension whose owner refuses */
  sign: (payload: SignerPayloadJSON) => Promise<WalletSignature>;
  readonly provided: Record<string, unknown>[];
}

export interface ExtensionScene {
  readonly bridge: ExtensionBridge;
  readonly extension: TestExtension;
  readonly states: readonly ExtensionState[];
  /** Resolves with the first state of a kind from now on; also the one that is. */
  readonly state: <Kind extends ExtensionState['kind']>(
    kind: Kind,
  ) => Promise<Extract<ExtensionState, { readonly kind: Kind }>>;
  /** Opens a tab with the extension. Complaints of its console are problems. */
  readonly open: (url: string) => Promise<Page>;
  readonly context: BrowserContext;
  /** A browser of somebody else. */
  readonly otherContext: () => Promise<BrowserContext>;
  readonly problems: readonly string[];
  readonly close: () => Promise<void>;
}

/** Signs as an extension would, with a key of the keyring. */
export const signWith =
  (registry: () => Registry, pair: KeyringPair) =>
  (payload: SignerPayloadJSON): Promise<WalletSignature> =>
    Promise.resolve(registry().createType('ExtrinsicPayload', payload, { version: payload.version }).sign(pair));

/** The real bridge and page in a real Chromium, with an injected extension that this process plays. */
export async function startExtensionScene(expiryMs?: number): Promise<ExtensionScene> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-extension-'));
  await bundleExtensionPage(folder);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-background-networking'],
  });
  const context = await browser.newContext({ viewport: { width: 900, height: 900 } });
  context.setDefaultTimeout(30_000);
  const extension: TestExtension = {
    accounts: () => [],
    sign: () => Promise.reject(new Error('No signer')),
    provided: [],
  };
  await inject(context, extension);

  const states: ExtensionState[] = [];
  const waiting = new Set<() => void>();
  const bridge = createExtensionBridge({
    ...{ port: 0, nowMs: Date.now, log: () => undefined, folder },
    ...(expiryMs !== undefined && { expiryMs }),
    onChange: (state) => {
      states.push(state);
      for (const look of waiting) look();
    },
  });
  const problems: string[] = [];

  return {
    ...{ bridge, extension, states, context, problems },
    state: (kind) =>
      new Promise((resolve) => {
        const look = (): void => {
          const last = states.at(-1);
          if (last?.kind !== kind) return;
          waiting.delete(look);
          resolve(last as Parameters<typeof resolve>[0]);
        };
        waiting.add(look);
        look();
      }),
    open: async (url) => {
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(`console: ${message.text()}`);
      });
      await page.goto(url);
      return page;
    },
    otherContext: () => browser.newContext(),
    close: async () => {
      await bridge.close();
      await browser.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function inject(context: BrowserContext, extension: TestExtension): Promise<void> {
  const answer = async (work: () => unknown): Promise<unknown> => {
    try {
      return { value: await work() };
    } catch (error) {
      return { refused: error instanceof Error ? error.message : String(error) };
    }
  };
  await context.exposeFunction('testExtension', (name: string, argument: unknown) =>
    answer(() => {
      if (name === 'accounts') return extension.accounts();
      if (name === 'sign') return extension.sign(argument as SignerPayloadJSON);
      extension.provided.push(argument as Record<string, unknown>);
      return true;
    }),
  );
  // Runs in the page, before its own scripts: as an extension's content script does.
  await context.addInitScript(() => {
    interface Injecting {
      injectedWeb3?: Record<string, unknown>;
      testExtension: (name: string, argument?: unknown) => Promise<{ value?: unknown; refused?: string }>;
    }
    const page = globalThis as unknown as Injecting;
    const ask = async (name: string, argument?: unknown): Promise<unknown> => {
      const { value, refused } = await page.testExtension(name, argument);
      if (refused !== undefined) throw new Error(refused);
      return value;
    };
    page.injectedWeb3 = {
      'test-signer': {
        version: '1.0.0',
        enable: () =>
          Promise.resolve({
            accounts: { get: () => ask('accounts') },
            metadata: { get: () => Promise.resolve([]), provide: (definition: unknown) => ask('provide', definition) },
            signer: {
              signPayload: async (payload: unknown) => ({ id: 1, ...((await ask('sign', payload)) as object) }),
            },
          }),
      },
    };
  });
}
