import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from 'playwright-core';
import { root } from '../../scripts/build/stale.ts';
import { findElectron, registryElectronFolder } from '../../scripts/setup/electron-places.mjs';

export interface LaunchOptions {
  /** A home folder of an earlier launch, which the caller removes; otherwise a fresh one. */
  readonly home?: string;
  readonly args?: readonly string[];
  /** Asks the system's keychain, as the owner's app does; Playwright takes it away. */
  readonly hasKeychain?: boolean;
  /** On top of this process's environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface LaunchedApp {
  readonly app: ElectronApplication;
  readonly page: Page;
  readonly home: string;
  /** What the app wrote to stderr so far: its log. */
  readonly log: () => string;
  /** Quits the app as its owner would, waits until its process has ended, and removes a fresh home folder. */
  readonly close: () => Promise<void>;
}

/** A window that is not there by then waits for somebody to close an error box. */
const WINDOW_TIMEOUT_MS = 60_000;

export const newHome = (): Promise<string> => mkdtemp(join(tmpdir(), 'millrace-e2e-'));

/** Starts the built app in a real Electron, with a home folder of its own, and waits for its window. */
export async function launchApp({
  home,
  args = [],
  env = {},
  hasKeychain = false,
}: LaunchOptions = {}): Promise<LaunchedApp> {
  useElectronOfSetUp();
  const folder = home ?? (await newHome());
  const app = await _electron.launch({
    args: [hasKeychain ? join(import.meta.dirname, 'owners-app') : root, ...args],
    cwd: root,
    env: definedOf({ ...process.env, ...env, MILLRACE_HOME: folder }),
    // Chromium's sandbox refuses to run as root.
    chromiumSandbox: process.getuid?.() !== 0,
    timeout: WINDOW_TIMEOUT_MS,
  });
  let log = '';
  app.process().stderr?.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const close = async (): Promise<void> => {
    await app.close();
    if (home === undefined) await rm(folder, { recursive: true, force: true });
  };
  try {
    return { app, page: await app.firstWindow({ timeout: WINDOW_TIMEOUT_MS }), home: folder, log: () => log, close };
  } catch (error) {
    app.process().kill('SIGKILL');
    throw new Error(`The app opened no window. It said:\n${log}`, { cause: error });
  }
}

/**
 * Tells the `electron` package, which Playwright asks, where Electron is. Playwright could be told itself; but only in
 * this way it holds back the app until it watches for windows, and misses none.
 */
function useElectronOfSetUp(): void {
  const electron = findElectron();
  if (electron === undefined) throw new Error('There is no Electron yet: run `npm run test:e2e`, which sets it up.');
  if (electron.startsWith(registryElectronFolder)) process.env['ELECTRON_OVERRIDE_DIST_PATH'] = registryElectronFolder;
}

function definedOf(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((pair): pair is [string, string] => pair[1] !== undefined));
}
