import * as v from 'valibot';
import { check } from '#protocol/envelope.ts';
import { createDevnetRuntime } from '../runtime/devnet-runtime.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { State } from '../runtime/state.ts';
import { guarded } from './devnet-database.ts';
import { DevnetNode } from './devnet-node.ts';
import { type Genesis, genesisSchema, genesisState, genesisText } from './genesis.ts';
import { openBlockStore } from './sqlite-block-store.ts';

export interface OpenedChain {
  readonly node: DevnetNode;
  /** What the chain was begun with: of one that there is already, its own. */
  readonly genesis: Genesis;
  /** Of the database. */
  readonly path: string;
  readonly close: () => void;
}

/**
 * Takes up the chain in `dataDir`, or begins one there.
 * @param extra puts more into the state of a new chain's block 0
 * @throws MillraceError DATABASE when the file is not a devnet's or is damaged; ALREADY_RUNNING
 */
export function openChain(
  dataDir: string,
  wished: Genesis,
  extra: (state: State) => void,
  runtime: Runtime = createDevnetRuntime(),
): OpenedChain {
  const store = openBlockStore(dataDir, genesisText(wished));
  try {
    return guarded(store.path, () => {
      const stored = v.parse(v.pipe(v.string(), v.parseJson()), store.genesis);
      const genesis = check(genesisSchema, stored, 'Genesis');
      const rules = { runtime, metadataHash: null };
      const node = new DevnetNode({ rules, genesis: () => genesisState(genesis, extra), store });
      return { node, genesis, path: store.path, close: store.close };
    });
  } catch (error) {
    store.close();
    throw error;
  }
}
