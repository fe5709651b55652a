import { spawn, type ChildProcess } from 'node:child_process';
import { expect, onTestFinished } from 'vitest';
import { root } from '../../scripts/build/stale.ts';
import { findElectron } from '../../scripts/setup/electron-places.mjs';

export interface SpawnedApp {
  readonly child: ChildProcess;
  /** What it wrote to stderr so far. */
  readonly log: () => string;
  /** Its exit code; `null` after a signal. */
  readonly exited: Promise<number | null>;
}

/** Starts the built app as a shell would, without a debugger; it is gone after the test. */
export function spawnApp(home: string, args: readonly string[] = []): SpawnedApp {
  const electron = findElectron();
  if (electron === undefined) throw new Error('There is no Electron yet: run `npm run test:e2e`, which sets it up.');
  const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const child = spawn(electron, [...asRoot, root, ...args], {
    // A group of its own, so that all of it can be found and ended.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, MILLRACE_HOME: home },
  });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()));
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  onTestFinished(() => {
    if (child.exitCode === null && child.signalCode === null) killGroup(child);
  });
  return { child, log: () => log, exited };
}

/** Waits for words in the app's log. */
export const expectLog = (app: SpawnedApp, words: string): Promise<void> =>
  expect.poll(app.log, { timeout: 30_000 }).toContain(words);

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
