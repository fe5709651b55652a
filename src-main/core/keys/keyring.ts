import { randomBytes as systemRandomBytes } from 'node:crypto';
import { toHex } from '#protocol/bytes.ts';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import type { ExportedKeys, KeysState, NewColdkey } from '#protocol/contract/keys.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { KeyPair } from '#protocol/keys.ts';
import { abortable } from '../abortable.ts';
import { deriveKeyAside, type DeriveKey } from '../btwallet/derive-key-aside.ts';
import { keyFromPhrase, wipeKey, type SecretKey } from '../btwallet/key-json.ts';
import { sealKeyFile, type KeyFileOptions } from '../btwallet/open-key-file.ts';
import type { StoredKey } from './key-file.ts';
import type { Log } from '../log.ts';
import { exportKeys } from './export-keys.ts';
import { freshKey, type RandomBytes } from './fresh-key.ts';
import { checkedAddress, readWalletKeys, workingHotkey } from './import-keys.ts';
import { findImportable } from './importable-wallets.ts';
import { alreadyThere, openKeyRecords, type ColdkeyRecord, type HotkeyRecord } from './key-records.ts';
import { confirmColdkey, makeColdkey, type UnconfirmedColdkey } from './new-coldkey.ts';
import { newPassword } from './new-password.ts';
import { oneAtATime } from './one-derivation.ts';
import { openHotkey, openNacl, sealHotkey, shutBy } from './sealed-hotkey.ts';
import { ASKED_KEYCHAIN, SILENT_KEYCHAIN, type SecretBox } from './secret-box.ts';
import { coldkeyStateOf, hotkeyStateOf, whyItCannotSign } from './state-of-keys.ts';

export interface KeyringOptions {
  readonly home: string;
  /** Asked once, at `start`. */
  readonly secretBox: () => Promise<SecretBox>;
  /** Such as `~/.bittensor/wallets`; `null`: none. */
  readonly walletsFolder: string | null;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly onChange: (state: KeysState) => void;
  readonly derive?: DeriveKey;
  readonly randomBytes?: RandomBytes;
}

/** A coldkey that was opened for one call. */
interface OpenColdkey {
  readonly signer: KeyPair;
  /** Overwrites the secret. Call it as soon as the call is signed; afterwards the signer is of no use. */
  readonly wipe: () => void;
}

/** The keys for real chains. A method that fails throws a MillraceError whose words are for the owner, and has changed nothing. */
export interface Keyring {
  /** Opens the hotkey if it can be opened without a person, and looks for wallets. Never rejects. @param password as a file gave it */
  start(password: string | null): Promise<void>;
  createHotkey(password: string | null): Promise<void>;
  unlockHotkey(password: string | null): Promise<void>;
  createColdkey(password: string): Promise<NewColdkey>;
  confirmColdkey(request: CommandPayload<'keys.confirm-coldkey'>): void;
  importWallet(request: CommandPayload<'keys.import-wallet'>): Promise<void>;
  importMnemonic(request: CommandPayload<'keys.import-mnemonic'>): Promise<void>;
  /** @throws MillraceError KEYS when there is an encrypted coldkey, which an address must not replace */
  requireNoColdkey(): void;
  watch(address: string): void;
  useExtension(address: string, source: string): void;
  exportKeys(request: CommandPayload<'keys.export'>): Promise<ExportedKeys>;
  removeHotkey(address: string): void;
  removeColdkey(address: string): void;
  rescan(): Promise<void>;
  /** What works with the network; `null` while it is missing or locked. */
  hotkey(): StoredKey | null;
  /** @throws MillraceError WRONG_PASSWORD; KEYS when the coldkey is elsewhere */
  coldkeySigner(password: string): Promise<OpenColdkey>;
  state(): KeysState;
  /** Stops what goes on and wipes every secret. */
  close(): void;
}

/** Deriving a key takes 5 s on an old machine, and a person may have to answer the keychain. */
const LIMIT_MS = 120_000;

/** @throws MillraceError SETTINGS when a file in `home/keys` is damaged; it is left untouched */
export function openKeyring(options: KeyringOptions): Keyring {
  const { nowMs, walletsFolder, log, onChange } = options;
  const derive = oneAtATime(options.derive ?? deriveKeyAside);
  const randomBytes = options.randomBytes ?? systemRandomBytes;
  const records = openKeyRecords(options.home);
  const closing = new AbortController();
  const openColdkeys = new Set<SecretKey>();
  let hotkeyRecord = records.readHotkey();
  let coldkeyRecord = records.readColdkey();
  let box: SecretBox = ASKED_KEYCHAIN;
  /** Ends when the keychain has answered, or will not. Never rejects. */
  let asking: Promise<void> = Promise.resolve();
  let unlocked: SecretKey | null = null;
  let shutWhy: string | null = null;
  let unconfirmed: UnconfirmedColdkey | null = null;
  let importable: KeysState['importable'] = [];
  /** What goes on: with the keys that are kept, which may wait for the keychain, and with the coldkey's signature, which does not. */
  const busy = { keeping: false, signing: false };

  const state = (): KeysState => ({
    hotkey: hotkeyStateOf(hotkeyRecord, unlocked !== null, shutWhy),
    coldkey: coldkeyStateOf(coldkeyRecord),
    keychain: box.kind === 'os' ? { kind: 'os' } : { kind: 'unavailable', why: box.why },
    walletsFolder,
    importable,
    busy: busy.keeping || busy.signing,
  });
  const show = (): void => onChange(state());

  const limited = (): AbortSignal => AbortSignal.any([closing.signal, AbortSignal.timeout(LIMIT_MS)]);

  /** One of a kind at a time: a page that asks without end must not make a queue of passwords. */
  async function exclusive<Result>(
    work: (options: KeyFileOptions) => Promise<Result>,
    kind: keyof typeof busy = 'keeping',
  ): Promise<Result> {
    if (busy[kind])
      throw new MillraceError('KEYS', 'Millrace still works on the last password. Try again in a few seconds.');
    busy[kind] = true;
    show();
    try {
      return await work({ signal: limited(), derive });
    } finally {
      busy[kind] = false;
      show();
    }
  }

  async function askKeychain(): Promise<void> {
    try {
      box = await abortable(options.secretBox(), limited());
    } catch (error) {
      box = SILENT_KEYCHAIN;
      if (!closing.signal.aborted) log('warning', `The keychain: ${errorMessage(error)}`);
    }
  }

  /** The keychain for as long as the caller waits: a person may never answer it. Who gives a password does not wait for it. */
  async function boxUntil(signal: AbortSignal | undefined, password: string | null): Promise<SecretBox> {
    if (password === null) await (signal === undefined ? asking : abortable(asking, signal));
    if (box.kind === 'unavailable' || signal === undefined) return box;
    const asked = box;
    return {
      kind: 'os',
      seal: (text) => abortable(asked.seal(text), signal),
      open: (sealed) => abortable(asked.open(sealed), signal),
    };
  }

  function use(record: HotkeyRecord, key: SecretKey): void {
    if (closing.signal.aborted) {
      wipeKey(key);
      throw new MillraceError('ABORTED', 'Millrace is stopping');
    }
    hotkeyRecord = record;
    unlocked = key;
    shutWhy = null;
  }

  /** @param also is kept with it, or neither is */
  async function keepHotkey(
    key: SecretKey,
    password: string | null,
    limits: KeyFileOptions,
    also: ColdkeyRecord | null = null,
  ): Promise<void> {
    try {
      const record = await sealHotkey(key, password, await boxUntil(limits.signal, password), limits);
      records.writeHotkey(record);
      if (also !== null) keepColdkeyOr(also, () => records.removeHotkey());
      use(record, key);
    } catch (error) {
      wipeKey(key);
      throw error;
    }
  }

  async function unlock(record: HotkeyRecord, password: string | null, limits: KeyFileOptions): Promise<void> {
    const opened = await openHotkey(record, password, await boxUntil(limits.signal, password), limits);
    if (opened.kind === 'opened') {
      use(record, opened.key);
      return;
    }
    shutWhy = opened.kind === 'shut' ? opened.why : null;
    if (opened.kind === 'shut' && opened.detail !== null) log('warning', `The keychain: ${opened.detail}`);
  }

  function keepColdkey(record: ColdkeyRecord): void {
    records.writeColdkey(record);
    coldkeyRecord = record;
    show();
  }
  function keepColdkeyOr(record: ColdkeyRecord, undo: () => void): void {
    try {
      keepColdkey(record);
    } catch (error) {
      undo();
      throw error;
    }
  }

  const requireNoHotkey = (): void => {
    if (hotkeyRecord !== null) throw alreadyThere('hotkey');
  };
  const requireNoColdkey = (): void => {
    if (coldkeyRecord?.kind === 'encrypted') throw alreadyThere('coldkey');
  };

  const rescan = async (): Promise<void> => {
    importable = await findImportable(walletsFolder);
    show();
  };

  return {
    start: async (password) => {
      // What it shows until the keychain answers, and the hotkey with it.
      if (hotkeyRecord?.sealed.kind === 'os') shutWhy = shutBy(ASKED_KEYCHAIN).why;
      show();
      asking = askKeychain();
      await asking;
      try {
        await rescan();
      } catch (error) {
        log('warning', `Keys: ${errorMessage(error)}`);
      }
      const record = hotkeyRecord;
      // One that was created meanwhile is open already.
      if (record !== null && unlocked === null) {
        await exclusive((limits) => unlock(record, password, limits)).catch((error: unknown) => {
          shutWhy = errorMessage(error);
          log('warning', `The hotkey stays locked: ${shutWhy}`);
        });
      }
      show();
    },
    createHotkey: (password) =>
      exclusive(async (limits) => {
        requireNoHotkey();
        await keepHotkey(freshKey(randomBytes), password, limits);
      }),
    unlockHotkey: (password) =>
      exclusive(async (limits) => {
        if (hotkeyRecord === null) throw new MillraceError('KEYS', 'There is no hotkey to unlock. Create one.');
        if (unlocked !== null) return;
        await unlock(hotkeyRecord, password, limits);
        if (shutWhy !== null) throw new MillraceError('KEYS', shutWhy);
      }),
    createColdkey: (password) =>
      exclusive(async (limits) => {
        requireNoColdkey();
        const made = await makeColdkey(password, randomBytes, nowMs(), limits);
        unconfirmed = made.unconfirmed;
        return made.shown;
      }),
    confirmColdkey: ({ id, words }) => {
      requireNoColdkey();
      keepColdkey(confirmColdkey(unconfirmed, id, words, nowMs()));
      unconfirmed = null;
    },
    importWallet: (request) =>
      exclusive(async (limits) => {
        if (walletsFolder === null) throw new MillraceError('NOT_FOUND', 'There is no folder of wallets.');
        if (request.hotkey !== null) requireNoHotkey();
        if (request.coldkey !== 'none') requireNoColdkey();
        const { hotkey, coldkey } = await readWalletKeys(walletsFolder, request, limits);
        if (hotkey !== null) await keepHotkey(hotkey, request.hotkeyPassword, limits, coldkey);
        else if (coldkey !== null) keepColdkey(coldkey);
      }),
    importMnemonic: ({ key: which, phrase, password }) =>
      exclusive(async (limits) => {
        if (which === 'hotkey') {
          requireNoHotkey();
          await keepHotkey(workingHotkey(keyFromPhrase(phrase)), password, limits);
          return;
        }
        requireNoColdkey();
        const checked = newPassword(password ?? '');
        const key = keyFromPhrase(phrase);
        try {
          const nacl = Buffer.from(await sealKeyFile(key, checked, limits)).toString('base64');
          keepColdkey({ version: 1, kind: 'encrypted', address: key.pair.address, nacl });
        } finally {
          wipeKey(key);
        }
      }),
    requireNoColdkey,
    watch: (address) => keepColdkey({ version: 1, kind: 'watch-only', address: checkedAddress(address) }),
    useExtension: (address, source) =>
      keepColdkey({ version: 1, kind: 'extension', address: checkedAddress(address), source }),
    exportKeys: (request) =>
      exclusive(async (limits) => {
        if (walletsFolder === null) throw new MillraceError('NOT_FOUND', 'There is no folder to export to.');
        const written = await exportKeys(walletsFolder, request, { hotkey: unlocked, coldkey: coldkeyRecord }, limits);
        await rescan();
        return written;
      }),
    removeHotkey: (address) => {
      if (hotkeyRecord?.address !== address) throw anotherKey('hotkey');
      if (busy.keeping)
        throw new MillraceError('KEYS', 'Millrace works on a key right now. Try again in a few seconds.');
      records.removeHotkey();
      if (unlocked !== null) wipeKey(unlocked);
      [hotkeyRecord, unlocked, shutWhy] = [null, null, null];
      show();
    },
    removeColdkey: (address) => {
      if (coldkeyRecord?.address !== address) throw anotherKey('coldkey');
      records.removeColdkey();
      coldkeyRecord = null;
      show();
    },
    rescan,
    hotkey: () =>
      unlocked?.seed === null || unlocked === null ? null : { pair: unlocked.pair, seedHex: toHex(unlocked.seed) },
    coldkeySigner: (password) =>
      exclusive(async (limits) => {
        const record = coldkeyRecord;
        if (record?.kind !== 'encrypted') throw new MillraceError('KEYS', whyItCannotSign(record));
        const key = await openNacl(record.address, record.nacl, password, limits);
        openColdkeys.add(key);
        const wipe = (): void => {
          wipeKey(key);
          openColdkeys.delete(key);
        };
        return { signer: key.pair, wipe };
      }, 'signing'),
    state,
    close: () => {
      closing.abort();
      if (unlocked !== null) wipeKey(unlocked);
      for (const key of openColdkeys) wipeKey(key);
      unlocked = null;
      unconfirmed = null;
    },
  };
}

const anotherKey = (which: string): MillraceError =>
  new MillraceError('KEYS', `That is not the address of the present ${which}. Nothing was removed.`);
