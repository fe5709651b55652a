import { assertNever } from '#protocol/assert-never.ts';
import { FINNEY_GENESIS } from '#protocol/chain/genesis.ts';
import { endpointProblem, isLoopbackEndpoint, MAX_ENDPOINTS } from '#protocol/contract/endpoints.ts';
import { CHAIN_NAMES, type ChainName, type NetworkChoice } from '#protocol/contract/state.ts';
import { MillraceError } from '#protocol/errors.ts';
import { DEVNET_NETUID } from './devnet-genesis.ts';

/** A chain that can be chosen, and what is known of it before it was met. */
export interface Network {
  readonly name: ChainName;
  /** `null`: the owner has not chosen one. */
  readonly netuid: number | null;
  /** The preferred one first; none for the devnet, whose process says where it listens. */
  readonly endpoints: readonly string[];
  /** Hex, 64 digits; `null` where any chain may answer. */
  readonly genesisHash: string | null;
}

/**
 * Of the public endpoints: finney's are the Opentensor Foundation's (entry point, a pruned node, one with all old blocks); the test
 * chain has this one in its makers' own checks (subtensor, .github/workflows/check-testnet.yml). The two ports of a chain on this
 * machine are those that subtensor's scripts/localnet.sh opens.
 */
const ENDPOINTS: Readonly<Record<Exclude<ChainName, 'devnet' | 'custom'>, readonly string[]>> = {
  finney: [
    'wss://entrypoint-finney.opentensor.ai:443',
    'wss://lite.chain.opentensor.ai:443',
    'wss://archive.chain.opentensor.ai:443',
  ],
  test: ['wss://test.finney.opentensor.ai:443'],
  local: ['ws://127.0.0.1:9944', 'ws://127.0.0.1:9945'],
};

/** @throws MillraceError SETTINGS when a custom chain has no endpoint */
export function networkOf({ chain, customEndpoints, netuid }: NetworkChoice): Network {
  const any = { name: chain, netuid, genesisHash: null };
  switch (chain) {
    case 'devnet':
      return { ...any, netuid: DEVNET_NETUID, endpoints: [] };
    case 'custom':
      if (customEndpoints.length === 0) {
        throw new MillraceError('SETTINGS', 'A chain of your own needs at least one address, such as wss://…');
      }
      return { ...any, endpoints: customEndpoints };
    case 'finney':
      return { ...any, endpoints: ENDPOINTS.finney, genesisHash: FINNEY_GENESIS };
    case 'test':
    case 'local':
      return { ...any, endpoints: ENDPOINTS[chain] };
    default:
      return assertNever(chain, 'chain');
  }
}

/** Whether two choices mean the same chain and subnet. */
export const isSameNetwork = (a: NetworkChoice, b: NetworkChoice): boolean =>
  a.chain === b.chain &&
  (a.chain === 'devnet' || a.netuid === b.netuid) &&
  (a.chain !== 'custom' || a.customEndpoints.join(' ') === b.customEndpoints.join(' '));

/** Whether everything is on this machine: then peers need not be reachable from elsewhere. */
export const isOfThisMachine = ({ endpoints }: Network): boolean => endpoints.every(isLoopbackEndpoint);

/** Understands `finney`, or up to five addresses with commas between them. Otherwise says what is wrong. */
export function parseChain(
  text: string,
): Pick<NetworkChoice, 'chain' | 'customEndpoints'> | { readonly problem: string } {
  const named = CHAIN_NAMES.find((name) => name === text && name !== 'custom');
  if (named !== undefined) return { chain: named, customEndpoints: [] };
  const customEndpoints = text.split(',');
  if (customEndpoints.length > MAX_ENDPOINTS) return { problem: `At most ${MAX_ENDPOINTS} addresses` };
  const problem = customEndpoints.map(endpointProblem).find((found) => found !== null) ?? null;
  return problem === null ? { chain: 'custom', customEndpoints } : { problem };
}

/** As a sentence names it. */
export const NETWORK_WORDS: Readonly<Record<ChainName, string>> = {
  devnet: 'the devnet',
  finney: 'finney',
  test: 'the test chain',
  local: 'the local chain',
  custom: 'your chain',
};

/** What `parseChain` understands as this network. */
export const chainText = ({ name, endpoints }: Network): string => (name === 'custom' ? endpoints.join(',') : name);
