import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { readSmallFile, writePrivateFile } from '../private-file.ts';

/** `home/keys/`, with one file a key. Sealed bytes are in base64; an address is in the clear, so that it shows without a password. */
const MAX_RECORD_BYTES = 128 * 1024;

const version = v.literal(1);
const address = v.pipe(v.string(), v.maxLength(64));
const base64 = v.pipe(v.string(), v.base64(), v.minLength(1));

const hotkeySchema = v.strictObject({
  version,
  address,
  /** By the system's keychain, or as a `$NACL` file of btwallet's; inside is btwallet's JSON both times. */
  sealed: v.variant('kind', [
    v.strictObject({ kind: v.literal('os'), data: base64 }),
    v.strictObject({ kind: v.literal('password'), nacl: base64 }),
  ]),
});
const coldkeySchema = v.variant('kind', [
  v.strictObject({ version, kind: v.literal('encrypted'), address, nacl: base64 }),
  v.strictObject({ version, kind: v.literal('extension'), address, source: v.pipe(v.string(), v.maxLength(100)) }),
  v.strictObject({ version, kind: v.literal('watch-only'), address }),
]);

export type HotkeyRecord = v.InferOutput<typeof hotkeySchema>;
export type ColdkeyRecord = v.InferOutput<typeof coldkeySchema>;

export interface KeyRecords {
  /** `null`: there is none. @throws MillraceError SETTINGS naming a damaged file, which is left untouched */
  readHotkey(): HotkeyRecord | null;
  readColdkey(): ColdkeyRecord | null;
  /** @throws MillraceError KEYS when there is one already; STORAGE when the disk refuses */
  writeHotkey(record: HotkeyRecord): void;
  /** The same, but an address that is only watched may be replaced, and one of an extension's. */
  writeColdkey(record: ColdkeyRecord): void;
  removeHotkey(): void;
  removeColdkey(): void;
}

export function openKeyRecords(home: string): KeyRecords {
  const folder = join(home, 'keys');
  const paths = { hotkey: join(folder, 'hotkey.json'), coldkey: join(folder, 'coldkey.json') };
  const readColdkey = (): ColdkeyRecord | null => readRecord(paths.coldkey, coldkeySchema);

  function write(path: string, record: HotkeyRecord | ColdkeyRecord): void {
    onDisk(path, 'written to', () => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writePrivateFile(path, `${JSON.stringify(record, null, 2)}\n`);
    });
  }

  return {
    readHotkey: () => readRecord(paths.hotkey, hotkeySchema),
    readColdkey,
    writeHotkey: (record) => {
      if (existsSync(paths.hotkey)) throw alreadyThere('hotkey');
      write(paths.hotkey, record);
    },
    writeColdkey: (record) => {
      // Whoever lost a key to another one would have lost money.
      if (readColdkey()?.kind === 'encrypted') throw alreadyThere('coldkey');
      write(paths.coldkey, record);
    },
    removeHotkey: () => onDisk(paths.hotkey, 'removed from', () => rmSync(paths.hotkey, { force: true })),
    removeColdkey: () => onDisk(paths.coldkey, 'removed from', () => rmSync(paths.coldkey, { force: true })),
  };
}

export const alreadyThere = (which: 'hotkey' | 'coldkey'): MillraceError =>
  new MillraceError('KEYS', `There is a ${which} already. Export it if it is still needed, and remove it first.`);

function readRecord<Schema extends typeof hotkeySchema | typeof coldkeySchema>(
  path: string,
  schema: Schema,
): v.InferOutput<Schema> | null {
  let stored: unknown;
  try {
    const text = readSmallFile(path, MAX_RECORD_BYTES);
    if (text === null) return null;
    stored = JSON.parse(text);
  } catch (error) {
    throw damaged(path, error instanceof SyntaxError ? 'it is not JSON' : errorMessage(error));
  }
  const parsed = v.safeParse(schema, stored);
  if (!parsed.success) throw damaged(path, 'it is not a key file of this version');
  return parsed.output;
}

const damaged = (path: string, why: string): MillraceError =>
  new MillraceError(
    'SETTINGS',
    `The key file ${path} cannot be used: ${why}. It was left untouched; restore it from a backup, or move it away to begin with new keys.`,
  );

function onDisk(path: string, done: string, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw new MillraceError('STORAGE', `The key could not be ${done} ${path}: ${errorMessage(cause)}`, { cause });
  }
}
