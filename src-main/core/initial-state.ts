import { NO_KEYS } from '#protocol/contract/keys.ts';
import { DEFAULT_SETTINGS, type AppState, type NetworkState } from '#protocol/contract/state.ts';

export const NO_EARNINGS: AppState['earnings'] = {
  ...{ totalAlpha: '0', totalRao: '0', todayRao: '0', pendingAlpha: '0', pendingRao: '0' },
  ...{ lastRewardRao: null, lastRewardAtMs: null, days: [] },
};

/** A chain of which nothing is known yet. */
export const unmetNetwork = ({ name, netuid }: Pick<NetworkState, 'name' | 'netuid'>): NetworkState => ({
  ...{ name, netuid, chain: 'starting', endpoint: null, problem: null },
  ...{ staleSinceMs: null, block: null, peers: 0 },
});

/** What clients see before anything was read or detected. */
export const initialState = (
  version: string,
  host: AppState['host'],
  fixed: Pick<AppState, 'fixedThreads' | 'fixedWorkShare' | 'fixedDiskGiB' | 'fixedNetwork'> = {
    ...{ fixedThreads: null, fixedWorkShare: null, fixedDiskGiB: null, fixedNetwork: null },
  },
): AppState => ({
  version,
  host,
  work: { kind: 'stopped' },
  hardware: { kind: 'detecting' },
  progress: null,
  rounds: [],
  earnings: NO_EARNINGS,
  wallet: {
    kind: 'missing',
    hotkey: null,
    coldkey: null,
    balanceRao: null,
    registered: false,
    stake: null,
    orders: [],
    addressBook: [],
  },
  keys: NO_KEYS,
  settings: DEFAULT_SETTINGS,
  ...fixed,
  network: unmetNetwork({ name: 'devnet', netuid: null }),
  extension: { kind: 'idle' },
  notices: [],
});
