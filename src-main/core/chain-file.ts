import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_ENDPOINT_CHARACTERS, MAX_ENDPOINTS } from '#protocol/contract/endpoints.ts';
import { parseChain } from './networks.ts';
import { readSmallFile, writePrivateFile } from './private-file.ts';

const MAX_BYTES = (MAX_ENDPOINTS + 1) * (MAX_ENDPOINT_CHARACTERS + 1);

const pathIn = (home: string): string => join(home, 'chain');

/** As `parseChain` understands it; of the devnet its address. */
export interface RunningChain {
  readonly isDevnet: boolean;
  readonly chain: string;
}

const DEVNET = 'devnet ';

/** Says which chain the Millrace that runs works with, for other commands with the same data folder. A file that a crash left is replaced. */
export function writeChainFile(home: string, { isDevnet, chain }: RunningChain): void {
  writePrivateFile(pathIn(home), `${isDevnet ? DEVNET : ''}${chain}\n`);
}

export const removeChainFile = (home: string): void => rmSync(pathIn(home), { force: true });

/** `null` when there is none, or none that makes sense. */
export function readChainFile(home: string): RunningChain | null {
  try {
    const text = readSmallFile(pathIn(home), MAX_BYTES)?.trim() ?? '';
    const isDevnet = text.startsWith(DEVNET);
    const chain = isDevnet ? text.slice(DEVNET.length) : text;
    const parsed = parseChain(chain);
    return 'problem' in parsed || parsed.chain === 'devnet' ? null : { isDevnet, chain };
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
