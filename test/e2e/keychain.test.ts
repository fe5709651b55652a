import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Locator } from 'playwright-core';
import type { MillraceClient } from '#protocol/contract/commands.ts';
import { missingKeychain, openDesktopSession, type DesktopSession } from './desktop-session.ts';
import { launchApp, newHome, type LaunchedApp } from './launch.ts';
import { axeViolations, openPage } from './pages.ts';

const shotFolder = join(import.meta.dirname, 'shots');
const PASSWORD = 'a long enough password';
/** To derive a key from a password takes seconds, on a busy machine many. */
const SEALED_TIMEOUT_MS = 120_000;

describe.skipIf(missingKeychain !== null)(
  `a hotkey in the system’s keychain${missingKeychain === null ? '' : ` (skipped: ${missingKeychain})`}`,
  () => {
    let desktop: DesktopSession;
    let home: string;
    let launched: LaunchedApp | null = null;
    let address = '';
    let record: Buffer;

    beforeAll(async () => {
      desktop = await openDesktopSession();
      home = await newHome();
    });
    afterEach(async () => {
      await launched?.close();
      launched = null;
      await desktop.stopKeychain();
    });
    afterAll(async () => {
      await desktop.close();
      await rm(home, { recursive: true, force: true });
    });

    /** The hotkey's panel of a fresh start. The desktop's name alone tells Electron which keychain to ask, as for its owner. */
    async function openKeys(desktopName: 'GNOME' | null = 'GNOME'): Promise<Locator> {
      launched = await launchApp({ home, hasKeychain: true, env: desktop.env(desktopName) });
      return await hotkeyPanel(launched);
    }

    const keyFile = (): Promise<Buffer> => readFile(join(home, 'keys/hotkey.json'));

    async function expectReady(panel: Locator): Promise<void> {
      await panel.getByText('Ready', { exact: true }).waitFor();
      expect(await panel.locator('code').textContent()).toBe(address);
      expect(await keyFile()).toEqual(record);
    }

    async function expectLocked(panel: Locator, words: RegExp): Promise<void> {
      await panel.getByText('Locked', { exact: true }).waitFor();
      await expect.poll(() => panel.textContent()).toMatch(words);
      expect(await panel.textContent()).toContain('still on this disk, unchanged');
      expect(await panel.locator('code').textContent()).toBe(address);
      await panel.getByRole('button', { name: 'Restart Millrace' }).waitFor();
      expect(await panel.getByRole('button', { name: 'Create hotkey' }).count()).toBe(0);
      expect(await keyFile()).toEqual(record);
    }

    test('is made in one click, and its secret is in no file', async () => {
      await desktop.startKeychain('unlocked');
      const panel = await openKeys();
      await panel.getByText('One click: this computer’s keychain keeps it.').waitFor();
      await panel.getByRole('button', { name: 'Create hotkey' }).click();
      await panel.getByText('Kept by this computer’s keychain.').waitFor();
      address = (await panel.locator('code').textContent()) ?? '';
      expect(address).toMatch(/^5\w{47}$/);
      record = await keyFile();

      const secrets = await unseal(launched!, record);
      const { ss58Address, secretSeed, secretPhrase, privateKey } = secrets;
      expect(ss58Address).toBe(address);
      expect(secretPhrase).toMatch(/^(\w+ ){11}\w+$/);
      await launched!.close();
      launched = null;
      const traces = [...hexTraces(secretSeed), ...hexTraces(privateKey), ...textTraces(secretPhrase)];
      const seen = [...(await filesBelow(home)), ...(await filesBelow(desktop.folder))];
      expect(seen).toContain(join(home, 'keys/hotkey.json'));
      expect(seen.filter((path) => path.endsWith('.keyring'))).not.toEqual([]);
      const contents = await Promise.all(seen.map((path) => readFile(path)));
      // What is sealed lies in base64, where none of the traces would be found.
      for (const content of [...contents, sealedIn(record)]) {
        for (const trace of traces) expect(content.includes(trace)).toBe(false);
      }
    });

    test('opens again after a restart, without a question', async () => {
      await desktop.startKeychain('unlocked');
      await expectReady(await openKeys());
    });

    test('stays shut and safe while the keychain is not running, and says what to do', async () => {
      const panel = await openKeys();
      await expectLocked(panel, /keychain of this computer does not answer.*Unlock it.*restart Millrace/);
      await takeBothThemes(launched!, 'keychain-not-running');
    });

    test('stays shut and safe while the keychain is locked and nobody unlocks it', async () => {
      await desktop.startKeychain('locked');
      await expectLocked(await openKeys(), /keychain of this computer does not answer: it is locked/);
    });

    test('stays shut and safe with another keychain, and says that it is another one', async () => {
      await desktop.swapKeychain();
      await desktop.startKeychain('unlocked');
      const panel = await openKeys();
      await expectLocked(panel, /did not open this hotkey.*another keychain has sealed it.*restart Millrace/);
      await takeBothThemes(launched!, 'keychain-another');
      await desktop.swapKeychain();
    });

    test('stays shut and safe on a desktop without a keychain', async () => {
      await expectLocked(
        await openKeys(null),
        /no keychain on this desktop.*Log in to the desktop where you created it/,
      );
    });

    test('asks to be started again, and quits for that', async () => {
      const panel = await openKeys();
      const { app } = launched!;
      const note = join(home, 'relaunched');
      // In place of Electron's own, whose new process no test would find.
      await app.evaluate(({ app: electron }, path) => {
        electron.relaunch = (options) =>
          process.getBuiltinModule('node:fs').writeFileSync(path, JSON.stringify(options));
      }, note);
      const quit = app.waitForEvent('close');
      await panel.getByRole('button', { name: 'Restart Millrace' }).click();
      await quit;
      launched = null;
      expect(JSON.parse(await readFile(note, 'utf8'))).toHaveProperty('args');
    });

    test('opens again once its own keychain is back', async () => {
      await desktop.startKeychain('unlocked');
      await expectReady(await openKeys());
    });
  },
);

describe.skipIf(process.platform !== 'linux')('a desktop without a keychain', () => {
  let home: string;
  let launched: LaunchedApp;

  beforeAll(async () => {
    home = await newHome();
    const nothing = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(home, 'no-bus')}`, XDG_CURRENT_DESKTOP: undefined };
    launched = await launchApp({
      home,
      hasKeychain: true,
      env: { ...nothing, DESKTOP_SESSION: undefined, KDE_FULL_SESSION: undefined },
    });
  });
  afterAll(async () => {
    await launched.close();
    await rm(home, { recursive: true, force: true });
  });

  test('is told why it keeps no hotkey, and offered a password', async () => {
    const panel = await hotkeyPanel(launched);
    await expect.poll(() => panel.textContent()).toMatch(/no keychain on this desktop.*A password can keep/);
    await takeBothThemes(launched, 'keychain-none');
    const refusal = await launched.page.evaluate(() =>
      (globalThis as unknown as Bridge).millrace.command('keys.create-hotkey', { password: null }),
    );
    expect(refusal).toMatchObject({ ok: false, code: 'KEYS' });
    expect(await filesBelow(join(home, 'keys'))).toEqual([]);
  });

  test('seals it by that password', async () => {
    const panel = launched.page.getByTestId('hotkey-panel');
    await panel.getByRole('button', { name: 'Create hotkey' }).click();
    for (const field of await panel.locator('input[type="password"]').all()) await field.fill(PASSWORD);
    await takeBothThemes(launched, 'keychain-none-password');
    await panel.getByRole('button', { name: 'Create hotkey' }).click();
    await panel.getByText('Kept by your password.').waitFor({ timeout: SEALED_TIMEOUT_MS });
    expect(JSON.parse(await readFile(join(home, 'keys/hotkey.json'), 'utf8'))).toMatchObject({
      sealed: { kind: 'password' },
    });
  });
});

interface Bridge {
  readonly millrace: MillraceClient;
}

async function hotkeyPanel({ page }: LaunchedApp): Promise<Locator> {
  await page.getByTestId('page-home').waitFor();
  await openPage(page, 'wallet');
  await page.getByRole('tab', { name: 'Keys' }).click();
  const panel = page.getByTestId('hotkey-panel');
  await panel.waitFor();
  return panel;
}

/** Leaves `<name>-<theme>.png`, and lets axe look. */
async function takeBothThemes({ page }: LaunchedApp, name: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme });
    await page.screenshot({ path: join(shotFolder, `${name}-${theme}.png`), animations: 'disabled' });
    expect(await axeViolations(page)).toEqual([]);
  }
}

interface Secrets {
  readonly ss58Address: string;
  readonly secretPhrase: string;
  readonly secretSeed: string;
  readonly privateKey: string;
}

function sealedIn(record: Buffer): Buffer {
  const { sealed } = JSON.parse(record.toString()) as { readonly sealed: { readonly data: string } };
  return Buffer.from(sealed.data, 'base64');
}

/** What the keychain has sealed, opened by the app's own Electron. */
async function unseal({ app }: LaunchedApp, record: Buffer): Promise<Secrets> {
  const text = await app.evaluate(async ({ safeStorage }, data) => {
    const bytes = Buffer.from(data, 'base64');
    // Electron before version 42 has only the latter.
    if ('decryptStringAsync' in safeStorage) return (await safeStorage.decryptStringAsync(bytes)).result;
    return (safeStorage as { readonly decryptString: (sealed: Buffer) => string }).decryptString(bytes);
  }, sealedIn(record).toString('base64'));
  return JSON.parse(text) as Secrets;
}

const textTraces = (text: string): readonly Buffer[] => [Buffer.from(text), Buffer.from(text, 'utf16le')];

/** A secret as a file could hold it: as bytes, in hexadecimal or in base64. */
function hexTraces(hex: string): readonly Buffer[] {
  const digits = hex.replace(/^0x/, '');
  const bytes = Buffer.from(digits, 'hex');
  return [bytes, ...textTraces(digits), ...textTraces(bytes.toString('base64').replace(/=+$/, ''))];
}

/** Every regular file, however deep; none where there is no folder. */
async function filesBelow(folder: string): Promise<readonly string[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
