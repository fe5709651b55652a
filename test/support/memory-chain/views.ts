import type { ChainInfo, Commitment, SubnetInfo, SubnetMembers } from '#protocol/chain/chain-client.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { ChainState, ChainTip } from './state.ts';

/** What clients are told, in the words of the `ChainClient` port. */
export const infoOf = ({ genesisHash, state }: ChainTip): ChainInfo => ({
  genesisHash,
  name: state.parameters.name,
  blockMs: state.parameters.blockMs,
  tokenSymbol: 'TAO',
});

export const hasSubnet = (state: ChainState, netuid: number): boolean => netuid === state.parameters.netuid;

export const subnetOf = ({ parameters: { netuid, ownerHotkey, tempo } }: ChainState): SubnetInfo => ({
  netuid,
  ownerHotkey,
  tempo,
});

export const commitmentsOf = ({ commitments }: ChainState, hotkeys: Iterable<Hotkey> | null): readonly Commitment[] =>
  [...new Set(hotkeys ?? commitments.keys())].flatMap((hotkey) => commitments.get(hotkey) ?? []);

export const membersOf = (state: ChainState): SubnetMembers => ({
  ownerHotkey: state.parameters.ownerHotkey,
  neurons: state.neurons,
  commitments: commitmentsOf(state, null),
});
