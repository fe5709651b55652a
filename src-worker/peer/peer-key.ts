import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex } from '#protocol/bytes.ts';

const FILE_NAME = 'peer-key';
const SEED_BYTES = 32;
const OWNER_ONLY = 0o600;

export interface PeerKeyOptions {
  readonly dataDir: string;
  readonly warn: (message: string) => void;
}

/**
 * The 32-byte ed25519 seed behind this node's peer id, kept in `dataDir/peer-key` so that the id survives restarts; made at
 * the first call. A damaged file is set aside under another name: a new peer id costs only a new commitment on the chain.
 */
export async function loadPeerSeed({ dataDir, warn }: PeerKeyOptions): Promise<Uint8Array> {
  const path = join(dataDir, FILE_NAME);
  const text = await readIfThere(path);
  if (text !== null) {
    const seed = parseSeed(text);
    if (seed !== null) {
      await chmod(path, OWNER_ONLY);
      return seed;
    }
    await rename(path, `${path}.damaged`);
    warn(`The peer key ${path} was damaged and is now ${path}.damaged; this node gets a new peer id.`);
  }
  const seed = new Uint8Array(randomBytes(SEED_BYTES));
  await mkdir(dataDir, { recursive: true });
  await writeSecret(path, `${toHex(seed)}\n`);
  return seed;
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

function parseSeed(text: string): Uint8Array | null {
  const hex = text.trim();
  return /^[0-9a-f]{64}$/.test(hex) ? fromHex(hex) : null;
}

async function writeSecret(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
