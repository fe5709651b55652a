import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';

/** Programs of a GNOME desktop that keep its keychain; Debian has them in `dbus` and `gnome-keyring`. */
const PROGRAMS = ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon'];
const START_TIMEOUT_MS = 20_000;

const isOnPath = (name: string): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));
const absent = PROGRAMS.filter((name) => !isOnPath(name));

/** Why no keychain can be started here; `null` when one can. */
export const missingKeychain =
  process.platform === 'linux'
    ? absent.length === 0
      ? null
      : `this machine has no ${absent.join(', ')}`
    : 'only Linux can start one beside its owner’s';

/** A desktop session of its own: a bus, home folders, and a keychain that comes and goes. Nothing of it touches the owner's. */
export interface DesktopSession {
  /** What a desktop tells its programs. @param desktop `null`: one that Electron does not know */
  env(desktop: 'GNOME' | null): Readonly<Record<string, string | undefined>>;
  /** Everything that it keeps on the disk. */
  readonly folder: string;
  /** Starts the keychain, unlocked as by a login, or locked as after one without a password. */
  startKeychain(state: 'unlocked' | 'locked'): Promise<void>;
  stopKeychain(): Promise<void>;
  /** Ends the keychain, puts its files away, and those that were away back. */
  swapKeychain(): Promise<void>;
  close(): Promise<void>;
}

export async function openDesktopSession(): Promise<DesktopSession> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-desktop-'));
  const at = (name: string): string => join(folder, name);
  const [keyrings, away] = [at('data/keyrings'), at('data/keyrings-away')];
  for (const name of ['run', 'data/keyrings', 'data/keyrings-away', 'config', 'cache']) {
    await mkdir(at(name), { recursive: true, mode: 0o700 });
  }
  // Without folders of services: nothing starts on this bus but what the test starts, and nobody answers a prompt.
  await writeFile(at('bus.conf'), busConfig(at('bus')));
  const bus = spawn('dbus-daemon', [`--config-file=${at('bus.conf')}`, '--nofork', '--print-address=1'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [line] = (await once(bus.stdout, 'data', { signal: AbortSignal.timeout(START_TIMEOUT_MS) })) as [Buffer];
  const address = line.toString().trim();
  let keychain: ChildProcess | null = null;

  const env: DesktopSession['env'] = (desktop) => ({
    ...{ HOME: folder, XDG_RUNTIME_DIR: at('run'), XDG_DATA_HOME: at('data') },
    ...{ XDG_CONFIG_HOME: at('config'), XDG_CACHE_HOME: at('cache') },
    DBUS_SESSION_BUS_ADDRESS: address,
    XDG_CURRENT_DESKTOP: desktop ?? undefined,
    ...{ DESKTOP_SESSION: undefined, XDG_SESSION_DESKTOP: undefined, GNOME_KEYRING_CONTROL: undefined },
    ...{ KDE_FULL_SESSION: undefined, GNOME_DESKTOP_SESSION_ID: undefined },
  });

  async function stopKeychain(): Promise<void> {
    await ended(keychain);
    keychain = null;
  }

  return {
    env,
    folder,
    startKeychain: async (state) => {
      const unlock = state === 'unlocked' ? ['--unlock'] : [];
      const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--components=secrets', ...unlock], {
        env: { ...process.env, ...env('GNOME') },
        stdio: ['pipe', 'ignore', 'ignore'],
      });
      keychain = daemon;
      daemon.stdin.end('the login password');
      const isLocked = (): Promise<string> => askWhetherLocked(address);
      await expect.poll(isLocked, { timeout: START_TIMEOUT_MS }).toMatch(state === 'locked' ? /true$/ : /false$/);
    },
    stopKeychain,
    swapKeychain: async () => {
      await stopKeychain();
      await rename(keyrings, at('data/swap'));
      await rename(away, keyrings);
      await rename(at('data/swap'), away);
    },
    close: async () => {
      await ended(keychain);
      await ended(bus);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What the bus answers about the keychain's default collection: a line that ends with `true` or `false`, or an error. */
async function askWhetherLocked(address: string): Promise<string> {
  const property = ['string:org.freedesktop.Secret.Collection', 'string:Locked'];
  const request = ['/org/freedesktop/secrets/aliases/default', 'org.freedesktop.DBus.Properties.Get', ...property];
  const args = [`--bus=${address}`, '--print-reply', '--dest=org.freedesktop.secrets', ...request];
  try {
    return (await promisify(execFile)('dbus-send', args, { timeout: START_TIMEOUT_MS })).stdout.trim();
  } catch (error) {
    return String(error);
  }
}

async function ended(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill();
  await exit;
}

const busConfig = (socket: string): string => `<busconfig>
  <type>session</type>
  <listen>unix:path=${socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;
