import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { assertNever } from '#protocol/assert-never.ts';
import type { KeysState } from '#protocol/contract/keys.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { DeriveKey } from '#main/core/btwallet/derive-key-aside.ts';
import { createHome } from '#main/core/home.ts';
import { lockHome } from '#main/core/home-lock.ts';
import { openKeyring, type Keyring } from '#main/core/keys/keyring.ts';
import { NO_KEYCHAIN } from '#main/core/keys/secret-box.ts';
import { defaultWalletsFolder } from '#main/core/keys/wallets-folder.ts';
import { EXIT_DONE, EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import type { KeyName, KeysAction, KeysOptions } from './keys-command-line.ts';
import { describeKeys } from './keys-words.ts';
import { givenHotkeyPassword, readPasswordFile } from './password-file.ts';
import { terminalPrompts, type Prompts } from './terminal-prompts.ts';

interface KeysPorts {
  readonly prompts: Prompts;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly derive?: DeriveKey;
}

interface Running extends KeysPorts {
  readonly keyring: Keyring;
  readonly options: KeysOptions;
  readonly context: CommandContext;
}

/**
 * `millrace keys`: the keys in `home/keys`, without a running Millrace.
 * @throws MillraceError ALREADY_RUNNING while one has the folder, USAGE, KEYS, WRONG_PASSWORD, NOT_FOUND, STORAGE, …
 */
export async function runKeys(
  home: string,
  options: KeysOptions,
  context: CommandContext,
  ports: KeysPorts = { prompts: terminalPrompts(), env: process.env },
): Promise<number> {
  const isReadOnly = options.action.kind === 'list';
  if (!isReadOnly) createHome(home);
  const lock = isReadOnly ? null : lockHome(home);
  try {
    const keyring = openKeyring({
      home,
      secretBox: () => Promise.resolve(NO_KEYCHAIN),
      walletsFolder: options.wallets === undefined ? defaultWalletsFolder(homedir()) : resolve(options.wallets),
      onChange: () => undefined,
      ...{ nowMs: context.nowMs, log: context.log },
      ...(ports.derive === undefined ? {} : { derive: ports.derive }),
    });
    const close = (): void => keyring.close();
    context.interrupted.addEventListener('abort', close);
    try {
      await keyring.start(null);
      await perform({ ...ports, keyring, options, context }, options.action);
      return EXIT_DONE;
    } catch (error) {
      if (context.interrupted.aborted) return EXIT_INTERRUPTED;
      throw error;
    } finally {
      context.interrupted.removeEventListener('abort', close);
      keyring.close();
    }
  } finally {
    lock?.release();
  }
}

async function perform(running: Running, action: KeysAction): Promise<void> {
  const { keyring, context, options } = running;
  const { output } = context;
  switch (action.kind) {
    case 'list': {
      const { hotkey, coldkey, walletsFolder, importable } = keyring.state();
      output.event('keys', { hotkey, coldkey, walletsFolder, wallets: importable });
      for (const line of describeKeys(keyring.state())) output.line(line);
      return;
    }
    case 'create':
      if (action.key === 'hotkey') await keyring.createHotkey(await passwordOf('hotkey', running, 'new'));
      else await createColdkey(running);
      tell(running, 'created', action.key);
      return;
    case 'restore': {
      const phrase = await askHidden(running, `Recovery words of the ${action.key}: `);
      const password = await passwordOf(action.key, running, 'new');
      await keyring.importMnemonic({ key: action.key, phrase, password });
      tell(running, 'restored', action.key);
      return;
    }
    case 'import':
      await importWallet(running, action);
      return;
    case 'export': {
      const { wallet, hotkey, coldkey, isPlain } = action;
      const password = hotkey === null ? null : await passwordOf('hotkey', running, 'present');
      if (password !== null) await keyring.unlockHotkey(password);
      const hotkeyPassword = isPlain ? null : password;
      const { paths } = await keyring.exportKeys({ wallet, hotkey, hotkeyPassword, coldkey });
      output.event('exported', { paths });
      for (const path of paths) output.line(`Written: ${path}`);
      return;
    }
    case 'watch':
      keyring.watch(action.address);
      tell(running, 'watched', 'coldkey');
      return;
    case 'remove':
      if (action.key === 'hotkey') keyring.removeHotkey(action.address);
      else keyring.removeColdkey(action.address);
      output.event('removed', { key: action.key, address: action.address });
      output.line(`Removed from ${options.home ?? 'this data folder'}: the ${action.key} ${action.address}`);
      return;
    default:
      assertNever(action, 'keys action');
  }
}

async function importWallet(running: Running, action: Extract<KeysAction, { readonly kind: 'import' }>): Promise<void> {
  const { wallet, hotkey, coldkey } = action;
  if (hotkey === null && coldkey === 'none') {
    throw new MillraceError('USAGE', 'Say what to import: --hotkey NAME, --coldkey, --watch');
  }
  await running.keyring.importWallet({
    ...{ wallet, hotkey, coldkey },
    hotkeyPassword: hotkey === null ? null : await passwordOf('hotkey', running, importKind(running, action)),
    coldkeyPassword: coldkey === 'encrypted' ? await passwordOf('coldkey', running, 'present') : null,
  });
  if (hotkey !== null) tell(running, 'imported', 'hotkey');
  if (coldkey !== 'none') tell(running, 'imported', 'coldkey');
}

/** An encrypted hotkey has its password; a plain one gets its first here. */
function importKind(
  { keyring }: Running,
  { wallet, hotkey }: Extract<KeysAction, { readonly kind: 'import' }>,
): 'new' | 'present' {
  const found = keyring.state().importable.find(({ name }) => name === wallet);
  return found?.hotkeys.some(({ name, encrypted }) => name === hotkey && encrypted) === true ? 'present' : 'new';
}

async function createColdkey(running: Running): Promise<void> {
  const { keyring, prompts, context } = running;
  if (!prompts.isTerminal) {
    throw new MillraceError(
      'USAGE',
      'The words of a new coldkey are shown to a person, on a terminal, and this is none. Import a coldkey, or watch an address.',
    );
  }
  const { id, words, quiz } = await keyring.createColdkey(await passwordOf('coldkey', running, 'new'));
  prompts.show(
    `\nWrite these ${words.length} words down, in order, on paper. They are shown once, and whoever has them`,
  );
  prompts.show(' has the money.\n\n');
  for (const [i, word] of words.entries()) prompts.show(`  ${String(i + 1).padStart(2)}  ${word}\n`);
  await prompts.visible('\nPress Enter when they are written down; they are then cleared. ', context.interrupted);
  // Clears the screen and what can be scrolled back to.
  prompts.show('\u001b[2J\u001b[3J\u001b[H');
  const answers: { index: number; word: string }[] = [];
  for (const index of quiz) {
    answers.push({ index, word: await prompts.visible(`Word number ${index + 1}: `, context.interrupted) });
  }
  keyring.confirmColdkey({ id, words: answers });
}

function tell({ keyring, context: { output } }: Running, event: string, key: KeyName): void {
  const state: KeysState[KeyName] = keyring.state()[key];
  const address = state.kind === 'missing' ? null : state.address;
  output.event(event, { key, address });
  output.line(`${event[0]?.toUpperCase() ?? ''}${event.slice(1)}: the ${key} ${address ?? ''}`);
}

/** From the file that was named, else from systemd's credential, else from the person; a new one is asked for twice. */
async function passwordOf(key: KeyName, running: Running, kind: 'new' | 'present'): Promise<string> {
  const { options, env } = running;
  const given =
    key === 'hotkey'
      ? givenHotkeyPassword(options.hotkeyPasswordFile, env)
      : options.coldkeyPasswordFile === undefined
        ? null
        : readPasswordFile(options.coldkeyPasswordFile);
  if (given !== null) return given;
  const first = await askHidden(running, `${kind === 'new' ? 'New password' : 'Password'} of the ${key}: `);
  if (kind === 'new' && (await askHidden(running, 'Once more: ')) !== first) {
    throw new MillraceError('KEYS', 'The two passwords are not the same. Nothing was changed.');
  }
  return first;
}

async function askHidden({ prompts, context }: Running, question: string): Promise<string> {
  if (!prompts.isTerminal) {
    throw new MillraceError(
      'USAGE',
      'There is no terminal to ask on: name a file by --hotkey-password-file or --coldkey-password-file (see --help)',
    );
  }
  return await prompts.hidden(question, context.interrupted);
}
