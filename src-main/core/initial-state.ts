import { NO_KEYS } from '#protocol/contract/keys.ts';
import { DEFAULT_SETTINGS, type AppState } from '#protocol/contract/state.ts';

/** What clients see before anything was read or detected. */
export const initialState = (
  version: string,
  host: AppState['host'],
  fixed: Pick<AppState, 'fixedThreads' | 'fixedWorkShare' | 'fixedDiskGiB'> = {
    ...{ fixedThreads: null, fixedWorkShare: null, fixedDiskGiB: null },
  },
): AppState => ({
  version,
  host,
  work: { kind: 'stopped' },
  hardware: { kind: 'detecting' },
  progress: null,
  rounds: [],
  earnings: { totalAlpha: '0', totalRao: '0', todayRao: '0', lastRewardRao: null, lastRewardAtMs: null },
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
  network: { name: 'devnet', chain: 'starting', block: null, peers: 0 },
  notices: [],
});
