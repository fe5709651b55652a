import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readSmallFile, writePrivateFile } from './private-file.ts';

const MAX_BYTES = 256;

const folderIn = (home: string): string => join(home, 'devnet');
const pathIn = (home: string): string => join(folderIn(home), 'chain-url');

/** Where the chain of a running devnet is, for other commands with the same data folder. A file that a crash left is replaced. */
export function writeChainFile(home: string, url: string): void {
  mkdirSync(folderIn(home), { recursive: true });
  writePrivateFile(pathIn(home), `${url}\n`);
}

export const removeChainFile = (home: string): void => rmSync(pathIn(home), { force: true });

/** `null` when there is none, or none that makes sense. */
export function readChainFile(home: string): string | null {
  try {
    const url = readSmallFile(pathIn(home), MAX_BYTES)?.trim() ?? '';
    return /^ws:\/\/127\.0\.0\.1:\d{1,5}\/?$/.test(url) ? url : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
