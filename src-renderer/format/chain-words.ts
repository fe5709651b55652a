import type { ChainName, NetworkState } from '#protocol/contract/state.ts';
import { agoText } from './time.ts';

export const CHAIN_LABELS: Readonly<Record<ChainName, string>> = {
  devnet: 'Devnet',
  finney: 'Finney',
  test: 'Test chain',
  local: 'Local chain',
  custom: 'Own chain',
};

/** Where TAO is no money its owner should know; `null` where it may be. */
export const NO_VALUE: Readonly<Record<ChainName, string | null>> = {
  devnet: 'Devnet TAO has no value; it shows that everything works.',
  finney: null,
  test: 'TAO of the test chain has no value.',
  local: null,
  custom: null,
};

/** The part of an address that tells one node from another: `lite.chain.opentensor.ai`, `127.0.0.1:9944`. */
export const nodeText = (endpoint: string): string => (URL.canParse(endpoint) ? new URL(endpoint).host : endpoint);

export type ChainCondition = 'starting' | 'connected' | 'behind' | 'disconnected';

export const chainCondition = ({
  chain,
  staleSinceMs,
}: Pick<NetworkState, 'chain' | 'staleSinceMs'>): ChainCondition =>
  chain === 'connected' && staleSinceMs !== null ? 'behind' : chain;

export const CONDITION_WORDS: Readonly<Record<ChainCondition, string>> = {
  starting: 'connecting',
  connected: 'connected',
  behind: 'behind',
  disconnected: 'out of reach',
};

/** How the connection is, in a sentence. */
export function connectionText(network: NetworkState, nowMs: number): string {
  const node = network.endpoint === null ? 'the chain' : nodeText(network.endpoint);
  const why = network.problem === null ? '' : ` The last attempt failed: ${network.problem}.`;
  switch (chainCondition(network)) {
    case 'starting':
      return `Connecting to ${node}…${why}`;
    case 'connected':
      return `Connected to ${node}.`;
    case 'behind':
      return `Connected to ${node}, but its newest block is of ${agoText(network.staleSinceMs ?? nowMs, nowMs)}: the chain stands, or the nodes are behind.`;
    case 'disconnected':
      return `Out of reach. Trying ${node} next.${why}`;
  }
}
