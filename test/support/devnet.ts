import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { DevnetNode } from '#network/devnet/node/devnet-node.ts';
import { rpcMethods } from '#network/devnet/rpc/methods.ts';
import { startRpcServer } from '#network/devnet/rpc/server.ts';
import { createDevnetRuntime } from '#network/devnet/runtime/devnet-runtime.ts';
import type { State } from '#network/devnet/runtime/state.ts';
import { RAO_PER_TAO } from '#protocol/units.ts';
import { stateWith } from './devnet-calls.ts';

export const TAO = RAO_PER_TAO;

/** With that of the transaction. */
const FINALITY_BLOCKS = 3;

export interface TestDevnet {
  readonly node: DevnetNode;
  readonly url: string;
  /** What the server has logged. */
  readonly log: readonly string[];
  readonly alice: KeyringPair;
  readonly bob: KeyringPair;
  /** Owner of subnet 1 and its hotkey, which has no neuron. */
  readonly owner: KeyringPair;
  readonly validator: KeyringPair;
  /** The node goes on, and nobody reaches it. */
  readonly stopServing: () => Promise<void>;
  /** At the same address. */
  readonly serveAgain: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * A served chain on which Alice (sr25519) has 1,000 TAO and Bob (ed25519) nothing, with root and one subnet.
 * @param blockMs between blocks, which come while a transaction waits or is not final; `null`: only those that the test makes
 * @param genesis what else there is from the beginning
 */
export async function startTestDevnet(
  blockMs: number | null = 50,
  genesis?: (state: State) => void,
): Promise<TestDevnet> {
  await cryptoWaitReady();
  const alice = new Keyring({ type: 'sr25519' }).addFromUri('//Alice');
  const bob = new Keyring({ type: 'ed25519' }).addFromUri('//Bob');
  const owner = new Keyring({ type: 'sr25519' }).addFromUri('//Owner');
  const validator = new Keyring({ type: 'sr25519' }).addFromUri('//Validator');
  const state = stateWith([[alice.publicKey, 1000n * TAO]], { coldkey: owner.publicKey, hotkey: validator.publicKey });
  genesis?.(state);
  const node = new DevnetNode({
    rules: { runtime: createDevnetRuntime(), metadataHash: null },
    genesis: () => state.changes,
  });
  const log: string[] = [];
  const methods = rpcMethods(node, { name: 'Millrace devnet', version: '0.1.0' });
  const serve = (port: number) => startRpcServer({ methods, port, log: (line) => log.push(line) });
  let server = await serve(0);
  const { url } = server;
  const timer = blockMs === null ? undefined : setInterval(blocksOnDemand(node), blockMs);
  return {
    ...{ node, url, log, alice, bob, owner, validator },
    stopServing: () => server.close(),
    serveAgain: async () => {
      server = await serve(Number(new URL(url).port));
    },
    close: async () => {
      clearInterval(timer);
      await server.close();
    },
  };
}

/** Clients do much for each block, so on a busy machine idle blocks would hold up those that matter. */
function blocksOnDemand(node: DevnetNode): () => void {
  let due = 0;
  return () => {
    if (node.pool.entries.length > 0) due = FINALITY_BLOCKS;
    if (due === 0) return;
    due -= 1;
    node.produceBlock(Date.now());
  };
}
