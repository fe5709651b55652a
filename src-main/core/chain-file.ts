import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_ENDPOINT_CHARACTERS, MAX_ENDPOINTS } from '#protocol/contract/endpoints.ts';
import { parseChain } from './networks.ts';
import { readSmallFile, writePrivateFile } from './private-file.ts';

const MAX_BYTES = MAX_ENDPOINTS * (MAX_ENDPOINT_CHARACTERS + 1);

const pathIn = (home: string): string => join(home, 'chain');

/**
 * Which chain the Millrace that runs works with, for other commands with the same data folder. A file that a crash left is replaced.
 * @param chain as `parseChain` understands it; for a devnet its address
 */
export function writeChainFile(home: string, chain: string): void {
  writePrivateFile(pathIn(home), `${chain}\n`);
}

export const removeChainFile = (home: string): void => rmSync(pathIn(home), { force: true });

/** `null` when there is none, or none that makes sense. */
export function readChainFile(home: string): string | null {
  try {
    const chain = readSmallFile(pathIn(home), MAX_BYTES)?.trim() ?? '';
    const parsed = parseChain(chain);
    return 'problem' in parsed || parsed.chain === 'devnet' ? null : chain;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
