import { WebSocket } from 'ws';
import { genesisProblem } from '#protocol/chain/genesis.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import type { Provenance } from '#protocol/export/folder.ts';
import type { ExportChain } from '#protocol/export/messages.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { readRoster, validatorHotkeys } from '../run/roster.ts';
import type { Finding } from './verify-model.ts';

export interface ChainQuestion {
  readonly said: Provenance;
  /** Hash of `run.cbor`. */
  readonly runSpec: BlobHash;
  readonly signer: Hotkey;
}

/** Whether a chain knows the run and its signer today. @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED */
export async function askChain(
  asked: ExportChain,
  netuid: number,
  { said, runSpec, signer }: ChainQuestion,
  signal: AbortSignal,
): Promise<Finding> {
  const chain = createSubtensorClient({
    ...{ endpoints: asked.endpoints, webSocket: WebSocket },
    checkGenesis: (found) => genesisProblem(asked, found),
  });
  try {
    const { genesisHash, name } = await chain.info(signal);
    const roster = await readRoster(chain, netuid, signal);
    const problems: string[] = [];
    if (genesisHash !== said.chain.genesisHash) {
      problems.push(
        `this is another chain: its genesis is ${genesisHash}, provenance.json says ${said.chain.genesisHash}`,
      );
    }
    if (roster.runSpec !== runSpec) problems.push(`the owner of subnet ${netuid} on “${name}” publishes another run`);
    if (!validatorHotkeys(roster).has(signer))
      problems.push(`${signer} is no validator of subnet ${netuid} on “${name}”`);
    return { problems, good: `${signer} is a validator of subnet ${netuid} on “${name}”, which trains this run` };
  } finally {
    chain.close();
  }
}
