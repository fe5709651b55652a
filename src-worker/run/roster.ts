import type { ChainClient, Commitment, MemberNeuron, MillraceCommitment } from '#protocol/chain/chain-client.ts';
import { decodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { leadOrder } from '#protocol/round/lead.ts';
import type { Vote } from '#protocol/round/votes.ts';

/** Who takes part, where they listen and what they committed; read from the chain. */
export interface Roster {
  readonly members: readonly Member[];
  /** In the order in which they lead. */
  readonly validators: readonly Member[];
  /** The specification that the subnet's owner published. */
  readonly runSpec: BlobHash | null;
}

export interface Member {
  readonly neuron: MemberNeuron;
  readonly commitment: MillraceCommitment;
  /** Block that included the commitment; −1 without one. */
  readonly committedAtBlock: number;
}

/** What the validators have committed is that of the newest block; the others' may be a moment older. */
export async function readRoster(chain: ChainClient, netuid: number, signal: AbortSignal): Promise<Roster> {
  const { ownerHotkey, neurons, commitments } = await chain.members(netuid, signal);
  const committed = byHotkey(commitments);
  const members = neurons.map((neuron): Member => memberOf(neuron, committed));
  const runSpec = (ownerHotkey === null ? null : committed.get(ownerHotkey)?.commitment.runSpec) ?? null;
  return withNewVotes({ members, validators: validatorsOf(members), runSpec }, chain, netuid, signal);
}

/** The roster with what its validators have committed since. Who came, went or moved is not seen, nor whose stake has changed. */
export async function withNewVotes(
  roster: Roster,
  chain: ChainClient,
  netuid: number,
  signal: AbortSignal,
): Promise<Roster> {
  const committed = byHotkey(await chain.commitments(netuid, [...validatorHotkeys(roster)], signal));
  const members = roster.members.map((member) =>
    member.neuron.validatorPermit ? memberOf(member.neuron, committed) : member,
  );
  return { ...roster, members, validators: validatorsOf(members) };
}

type Committed = ReadonlyMap<Hotkey, { readonly commitment: MillraceCommitment; readonly block: number }>;

const byHotkey = (commitments: readonly Commitment[]): Committed =>
  new Map(commitments.map(({ hotkey, fields, block }) => [hotkey, { commitment: decodeCommitment(fields), block }]));

function memberOf(neuron: MemberNeuron, committed: Committed): Member {
  const own = committed.get(neuron.hotkey);
  return { neuron, commitment: own?.commitment ?? NO_COMMITMENT, committedAtBlock: own?.block ?? -1 };
}

/** The validators in the order in which they lead. */
export const validatorsOf = (members: readonly Member[]): readonly Member[] =>
  leadOrder(members.flatMap((member) => (member.neuron.validatorPermit ? [{ ...member.neuron, member }] : []))).map(
    ({ member }) => member,
  );

/**
 * The validators in the order in which they lead in a round, as the chain has it. Who stood behind nothing in the round before comes
 * last, for it is most likely gone: its turn would pass in silence, and a round has few. As long as most of the stake did: else a
 * few that talk, while the rest was held up once, would lead for ever.
 */
export function leadsOf(roster: Roster, round: number): readonly Hotkey[] {
  // A word for a round to come would else be one for ever, of someone who is gone.
  const said = votesOf(roster).filter((vote) => vote.round <= round);
  const spoke = new Map(said.map((vote) => [vote.hotkey, vote.round]));
  const lastOf = ({ neuron }: Member): number => spoke.get(neuron.hotkey) ?? -1;
  const awake = roster.validators.filter((member) => lastOf(member) >= round - 1);
  const awakeRao = awake.reduce((sum, { neuron }) => sum + neuron.stakeRao, 0n);
  // When all who spoke have done so in this round nothing is known of the one before.
  const isKnown = awake.some((member) => lastOf(member) === round - 1) && 2n * awakeRao > votingStakeOf(roster);
  const silent = isKnown ? roster.validators.filter((member) => !awake.includes(member)) : [];
  const first = isKnown ? awake : roster.validators;
  return [...first, ...silent].map(({ neuron }) => neuron.hotkey);
}

/** What each validator stands behind, as the chain has it. */
export const votesOf = ({ validators }: Roster): readonly (Vote & { readonly hotkey: Hotkey })[] =>
  validators.flatMap(({ neuron: { hotkey, stakeRao }, commitment: { manifest }, committedAtBlock }, rank) =>
    manifest === null
      ? []
      : [{ hotkey, stakeRao, rank, round: manifest.round, manifest: manifest.hash, block: committedAtBlock }],
  );

/** Stake of the validators that take part. Who has never said on chain where to find it has no part in this run. */
export const votingStakeOf = ({ validators }: Roster): bigint =>
  validators.reduce((sum, { neuron, committedAtBlock }) => (committedAtBlock < 0 ? sum : sum + neuron.stakeRao), 0n);

/** Addresses to ask for a blob: validators in the order in which they lead, then everyone else; never the own one. */
export function sourcesOf(roster: Roster, own: Hotkey): readonly string[] {
  const ranks = new Map(roster.validators.map(({ neuron }, rank) => [neuron.hotkey, rank]));
  return addressesBy(roster, own, ({ neuron }) => ranks.get(neuron.hotkey) ?? ranks.size);
}

/** Workers that are asked for an update before the validators are. */
const NEIGHBOURS = 2;

/**
 * Addresses to ask for an update: first who made it, who has it for sure; then two workers, who want it as well; then as ever. If
 * all asked a validator first, or second when makers are slow, it would send every update to everyone: the square of the number of
 * workers. Each asks those that come after itself, so that nobody is asked by all.
 */
export function updateSources(roster: Roster, own: Hotkey, maker: Hotkey): readonly string[] {
  const all = sourcesOf(roster, own);
  const { members } = roster;
  const made = members.find(({ neuron }) => neuron.hotkey === maker && maker !== own)?.commitment.address ?? null;
  if (made === null) return all;
  const place = members.findIndex(({ neuron }) => neuron.hotkey === own) + 1;
  const neighbours = [...members.slice(place), ...members.slice(0, place)]
    .filter(({ neuron: { hotkey, validatorPermit } }) => !validatorPermit && hotkey !== own && hotkey !== maker)
    .flatMap(({ commitment: { address } }) => (address === null ? [] : [address]));
  return [...new Set([made, ...neighbours.slice(0, NEIGHBOURS), ...all])];
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

export const validatorHotkeys = ({ validators }: Roster): ReadonlySet<Hotkey> =>
  new Set(validators.map(({ neuron }) => neuron.hotkey));
