import type { ChainClient, MillraceCommitment, Neuron } from '#protocol/chain/chain-client.ts';
import { decodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';

/** Who takes part, where they listen and what they committed; read from the chain. */
export interface Roster {
  readonly members: readonly Member[];
  /** The validator with the most stake: its manifests decide. `null` when there is none. */
  readonly lead: Member | null;
  /** The specification that the subnet's owner published. */
  readonly runSpec: BlobHash | null;
}

export interface Member {
  readonly neuron: Neuron;
  readonly commitment: MillraceCommitment;
}

export async function readRoster(chain: ChainClient, netuid: number, signal: AbortSignal): Promise<Roster> {
  const [subnet, neurons, commitments] = await Promise.all([
    chain.subnet(netuid, signal),
    chain.neurons(netuid, signal),
    chain.commitments(netuid, signal),
  ]);
  const committed = new Map(commitments.map(({ hotkey, fields }) => [hotkey, decodeCommitment(fields)]));
  const members = neurons.map((neuron) => ({ neuron, commitment: committed.get(neuron.hotkey) ?? NO_COMMITMENT }));
  return {
    members,
    lead: leadOf(members),
    runSpec: committed.get(subnet.ownerHotkey)?.runSpec ?? null,
  };
}

/** Most stake leads; among equals the older registration. */
export function leadOf(members: readonly Member[]): Member | null {
  const validators = members.filter(({ neuron }) => neuron.validatorPermit);
  return validators.toSorted((a, b) => compareLeads(a.neuron, b.neuron))[0] ?? null;
}

function compareLeads(a: Neuron, b: Neuron): number {
  if (a.stakeRao !== b.stakeRao) return a.stakeRao > b.stakeRao ? -1 : 1;
  return a.registeredAtBlock - b.registeredAtBlock || a.uid - b.uid;
}

/** Addresses to ask for a blob: `first` if it has one, then validators, then everyone else; never the own one. */
export function sourcesOf(roster: Roster, own: Hotkey, first?: Hotkey): readonly string[] {
  const rank = ({ neuron }: Member): number => (neuron.hotkey === first ? 0 : neuron.validatorPermit ? 1 : 2);
  return roster.members
    .filter(({ neuron }) => neuron.hotkey !== own)
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap(({ commitment }) => (commitment.address === null ? [] : [commitment.address]));
}

/** Addresses of those who have committed on chain that they made, and serve, the checkpoint with this index; not the own one. */
export const checkpointHolders = (roster: Roster, own: Hotkey, index: BlobHash): readonly string[] =>
  roster.members
    .filter(({ neuron, commitment }) => neuron.hotkey !== own && commitment.checkpoint?.index === index)
    .flatMap(({ commitment }) => (commitment.address === null ? [] : [commitment.address]));

export const validatorHotkeys = (roster: Roster): ReadonlySet<Hotkey> =>
  new Set(roster.members.filter(({ neuron }) => neuron.validatorPermit).map(({ neuron }) => neuron.hotkey));
