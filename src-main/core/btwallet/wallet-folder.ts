import { opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { keyEncryptionOf, MAX_KEY_FILE_BYTES, type KeyEncryption } from './key-encryption.ts';
import { parseKeyJson } from './key-json.ts';
import { readInside, realPathInside, type ReadInside } from './read-inside.ts';

export interface FoundKey {
  readonly name: string;
  /** From the folder on, for `readWalletFile`. */
  readonly path: string;
  readonly encryption: KeyEncryption;
  /** What the public file beside the key says; `null` without one. Only the opened key knows for sure. */
  readonly address: string | null;
}

export interface FoundWallet {
  readonly name: string;
  /** `null` on a machine that has only hotkeys. */
  readonly coldkey: FoundKey | null;
  readonly coldkeyAddress: string | null;
  readonly hotkeys: readonly FoundKey[];
}

export interface FoundWallets {
  readonly wallets: readonly FoundWallet[];
  /** What was seen and is not listed, with the reason. */
  readonly leftOut: ReadonlyArray<{ readonly path: string; readonly why: string }>;
}

interface Scan {
  readonly root: string;
  readonly leftOut: Array<{ path: string; why: string }>;
  hotkeys: number;
}

/** Far more than a miner has. Whoever names a folder of something else altogether waits for no more than this. */
const MAX_ENTRIES = 512;
const MAX_HOTKEYS = 4096;

/** The end of a public file's name, as btwallet makes it. */
export const PUBLIC_SUFFIX = 'pub.txt';

/**
 * Lists what lies in a folder like `~/.bittensor/wallets`: WALLET/{coldkey, coldkeypub.txt, hotkeys/NAME, hotkeys/NAMEpub.txt}.
 * Decrypts nothing. Without the folder there are no wallets.
 * @throws MillraceError STORAGE when the folder is there and cannot be read
 */
export async function listWallets(folder: string): Promise<FoundWallets> {
  const root = await rootOf(folder);
  if (root === null) return { wallets: [], leftOut: [] };
  const scan: Scan = { root, leftOut: [], hotkeys: 0 };
  const wallets: FoundWallet[] = [];
  for (const name of await namesIn(scan, '.')) {
    const wallet = await findWallet(scan, name);
    if (wallet.coldkey !== null || wallet.coldkeyAddress !== null || wallet.hotkeys.length > 0) wallets.push(wallet);
  }
  return { wallets, leftOut: scan.leftOut };
}

/** The bytes of a key that was found, for `openKeyFile`. @throws MillraceError STORAGE as `listWallets` */
export async function readWalletFile(folder: string, path: string): Promise<ReadInside> {
  const root = await rootOf(folder);
  return root === null ? { kind: 'missing' } : await readInside(root, join(root, path), MAX_KEY_FILE_BYTES);
}

async function findWallet(scan: Scan, name: string): Promise<FoundWallet> {
  const coldkeyPath = join(name, 'coldkey');
  const coldkey = await findKey(scan, name, coldkeyPath);
  const coldkeyAddress = await findAddress(scan, coldkeyPath + PUBLIC_SUFFIX);
  const hotkeys: FoundKey[] = [];
  const folder = join(name, 'hotkeys');
  for (const hotkey of await namesIn(scan, folder)) {
    if (hotkey.endsWith(PUBLIC_SUFFIX)) continue;
    if ((scan.hotkeys += 1) > MAX_HOTKEYS) {
      scan.leftOut.push({ path: folder, why: `there are more than ${MAX_HOTKEYS} hotkeys` });
      break;
    }
    const found = await findKey(scan, hotkey, join(folder, hotkey));
    if (found !== null) hotkeys.push(found);
  }
  return { name, coldkey, coldkeyAddress, hotkeys };
}

async function findKey(scan: Scan, name: string, path: string): Promise<FoundKey | null> {
  const file = await readInside(scan.root, join(scan.root, path), MAX_KEY_FILE_BYTES);
  if (file.kind === 'missing') return null;
  const encryption = file.kind === 'read' ? keyEncryptionOf(file.bytes) : null;
  if (file.kind === 'read') file.bytes.fill(0);
  if (encryption !== null) return { name, path, encryption, address: await findAddress(scan, path + PUBLIC_SUFFIX) };
  scan.leftOut.push({ path, why: file.kind === 'refused' ? file.why : 'it is not a key file' });
  return null;
}

async function findAddress(scan: Scan, path: string): Promise<string | null> {
  const file = await readInside(scan.root, join(scan.root, path), MAX_KEY_FILE_BYTES);
  if (file.kind !== 'read') return null;
  try {
    const key = parseKeyJson(file.bytes);
    return key.kind === 'public' ? key.address : null;
  } catch {
    // A damaged public file takes nothing away from the key beside it.
    return null;
  }
}

/** The names in a folder below the root, in order; none when it is no folder. */
async function namesIn(scan: Scan, path: string): Promise<string[]> {
  try {
    const real = await realPathInside(scan.root, join(scan.root, path));
    if (real === null) throw new MillraceError('STORAGE', 'a link leads out of the folder');
    const names: string[] = [];
    for await (const { name } of await opendir(real)) {
      if (name.startsWith('.')) continue;
      if (names.length === MAX_ENTRIES) {
        scan.leftOut.push({ path, why: `there are more than ${MAX_ENTRIES} entries` });
        break;
      }
      names.push(name);
    }
    return names.toSorted();
  } catch (error) {
    const code = errorCode(error);
    // A file beside the wallets, or a wallet without hotkeys.
    if (code !== 'ENOENT' && code !== 'ENOTDIR') scan.leftOut.push({ path, why: errorMessage(error) });
    return [];
  }
}

async function rootOf(folder: string): Promise<string | null> {
  try {
    const root = await realpath(folder);
    await (await opendir(root)).close();
    return root;
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return null;
    throw new MillraceError('STORAGE', `The wallet folder ${folder} cannot be read: ${errorMessage(cause)}`, { cause });
  }
}
