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

/** The manifest that the run goes on from: the lead's, and the newest of any validator while the lead has none. */
export function newestManifest({ lead, members }: Roster): MillraceCommitment['manifest'] {
  if (lead !== null && lead.commitment.manifest !== null) return lead.commitment.manifest;
  const said = members.flatMap(({ neuron, commitment }) =>
    neuron.validatorPermit && commitment.manifest !== null ? [commitment.manifest] : [],
  );
  return said.toSorted((a, b) => b.round - a.round)[0] ?? null;
}

/** Addresses to ask for a blob: `first` if it has one, then validators, then everyone else; never the own one. */
export function sourcesOf(roster: Roster, own: Hotkey, first?: Hotkey): readonly string[] {
  const rank = ({ neuron }: Member): number => (neuron.hotkey === first ? 0 : neuron.validatorPermit ? 1 : 2);
  return addressesBy(roster, own, rank);
}

const addressesBy = (roster: Roster, own: Hotkey, rank: (member: Member) => number): readonly string[] =>
  roster.members
    .filter(({ neuron }) => neuron.hotkey !== own)
    .toSorted((a, b) => rank(a) - rank(b))
    .flatMap(({ commitment }) => (commitment.address === null ? [] : [commitment.address]));

/**
 * Addresses to ask for a checkpoint: validators, first those who say on chain that they have it; then of the others those who say
 * so, and the rest. Anyone may say so: it must not bring a stranger before a validator.
 */
export function checkpointSources(roster: Roster, own: Hotkey, index: BlobHash): readonly string[] {
  const rank = ({ neuron, commitment }: Member): number =>
    (neuron.validatorPermit ? 0 : 2) + (commitment.checkpoint?.index === index ? 0 : 1);
  return addressesBy(roster, own, rank);
}

export const validatorHotkeys = (roster: Roster): ReadonlySet<Hotkey> =>
  new Set(roster.members.filter(({ neuron }) => neuron.validatorPermit).map(({ neuron }) => neuron.hotkey));
