/* eslint-disable @typescript-eslint/no-explicit-any -- the client learns from the chain which calls there are */
import type { KeyringPair } from '@polkadot/keyring/types';
import { startChopsticks } from './chopsticks.ts';
import { startDevnet } from './devnet-chain.ts';
import { joinNode } from './real-node.ts';

/** The devnet; a real runtime that chopsticks executes; a node that somebody else runs. */
export type ChainKind = 'devnet' | 'chopsticks' | 'node';

/** Storage key → value, both as hex with `0x`. */
export type State = ReadonlyMap<string, string>;

/** A chain with Subtensor's pallets and one subnet in which everybody may register. */
export interface InteropChain {
  readonly kind: ChainKind;
  /** Typed by nothing: its calls and items are those of the chain. */
  readonly api: any;
  readonly netuid: number;
  /** Has the money that the other accounts get. */
  readonly bank: KeyringPair;
  /** Where the accounts of this run are derived, e.g. `//Interop`. */
  readonly accounts: string;
  /** Has a signed transaction in a block. @returns the block's hash. @throws what the node answers when it refuses it */
  readonly include: (signed: any) => Promise<string>;
  /**
   * Every entry of the state as it would be after a block without transactions in the newest block's place; the chain stays as it
   * is. `null` where nobody can look.
   */
  readonly emptyTwin: (() => Promise<State>) | null;
  readonly close: () => Promise<void>;
}

/** What chain the environment asks for: `SUBTENSOR_URL` a node, `SUBTENSOR_SPEC` a raw chain spec, else the devnet. */
export const wantedChain = (env: NodeJS.ProcessEnv = process.env): ChainKind => {
  if (env['SUBTENSOR_URL'] !== undefined) return 'node';
  return env['SUBTENSOR_SPEC'] === undefined ? 'devnet' : 'chopsticks';
};

export function startChain(env: NodeJS.ProcessEnv = process.env): Promise<InteropChain> {
  const kind = wantedChain(env);
  if (kind === 'node') return joinNode(env);
  return kind === 'devnet' ? startDevnet() : startChopsticks(env['SUBTENSOR_SPEC'] ?? '');
}
