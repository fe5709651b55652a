import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The name that every Linux panel with a tray takes on the session bus. */
const WATCHER = 'org.kde.StatusNotifierWatcher';
const BUS = 'org.freedesktop.DBus';
const TIMEOUT_MS = 1_500;

/** Either of these is on every desktop; both answer with `true` or `false` in some dress. */
const QUESTIONS: ReadonlyArray<readonly [string, readonly string[]]> = [
  [
    'dbus-send',
    ['--session', '--print-reply=literal', `--dest=${BUS}`, '/', `${BUS}.NameHasOwner`, `string:${WATCHER}`],
  ],
  ['gdbus', ['call', '--session', '--dest', BUS, '--object-path', '/', '--method', `${BUS}.NameHasOwner`, WATCHER]],
];

/**
 * Whether a tray icon can be seen. Windows and macOS always have a place for it; many Linux desktops have none, and Electron does not
 * tell. Asked anew each time: a panel may start after us.
 */
export async function isTrayVisible(
  platform: NodeJS.Platform,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  if (platform !== 'linux') return true;
  // Without a bus, the tools would start one.
  if (!hasSessionBus(env)) return false;
  for (const [command, args] of QUESTIONS) {
    const answer = await ask(command, args, env);
    if (answer !== null) return /\btrue\b/.test(answer);
  }
  return false;
}

const hasSessionBus = (env: Readonly<Record<string, string | undefined>>): boolean =>
  Boolean(env['DBUS_SESSION_BUS_ADDRESS']) ||
  (env['XDG_RUNTIME_DIR'] !== undefined && existsSync(join(env['XDG_RUNTIME_DIR'], 'bus')));

/** `null` when the command is missing or fails. */
const ask = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> =>
  new Promise((resolve) => {
    execFile(command, args, { timeout: TIMEOUT_MS, env }, (error, stdout) => resolve(error === null ? stdout : null));
  });
