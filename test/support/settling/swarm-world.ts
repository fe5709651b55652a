import type { BlobHash, Hotkey, Uid } from '#protocol/ids.ts';
import type { RandomStream } from '#protocol/random.ts';
import { endBlock, type RoundTiming } from '#protocol/round/clock.ts';
import { type DecidedManifest, decidedManifest } from '#protocol/round/votes.ts';
import { type Rao, rao } from '#protocol/units.ts';
import type { MillraceCommitment, Neuron } from '#protocol/chain/chain-client.ts';
import { keepTimelyVotes } from '#worker/run/keep-timely-votes.ts';
import { type Roster, validatorsOf, votesOf, votingStakeOf } from '#worker/run/roster.ts';
import { type Half, LittleChain, type Word } from './little-chain.ts';
import { LittleManifests } from './manifests.ts';

/** The leads have 8, 12 and 16; the last call is at 19. */
export const timing: RoundTiming = { blocks: 21, trainBlocks: 8, leadBlocks: 4 };

type Sent = Omit<Word, 'halves'>;

/** What all nodes of a simulated network share. */
export class SwarmWorld {
  readonly chain = new LittleChain();
  readonly manifests = new LittleManifests();
  /** In which half each node is while the network is split. */
  readonly halves = new Map<string, Half>();
  /** `chain`: each half has blocks of its own. `blobs`: one chain, but nothing can be fetched from the other half. */
  split: 'none' | 'chain' | 'blobs' = 'none';
  readonly random: RandomStream;
  readonly #neurons: readonly Neuron[];
  /** Sent, and not yet included. */
  #sent: Sent[] = [];
  #rosters = new Map<Half, Roster>();
  /** What each node has read last. */
  readonly #seen = new Map<string, Roster>();

  constructor(random: RandomStream, stakes: readonly number[]) {
    this.random = random;
    this.#neurons = stakes.map((stake, uid) => neuron(uid, rao(stake)));
    for (const { hotkey } of this.#neurons) this.say(hotkey, null, 0); // a validator begins with its address
    this.beginBlock(0);
  }

  get hotkeys(): readonly Hotkey[] {
    return this.#neurons.map(({ hotkey }) => hotkey);
  }

  halfOf(node: string): Half {
    return this.halves.get(node) ?? 0;
  }

  canReach(one: string, other: string): boolean {
    return this.split === 'none' || this.halfOf(one) === this.halfOf(other);
  }

  /** @param block that will include it */
  say(hotkey: Hotkey, manifest: MillraceCommitment['manifest'], block: number): void {
    this.#sent.push({ hotkey, manifest, block });
  }

  /** A block has what it includes from its beginning: all who read it read the same. */
  beginBlock(block: number): void {
    this.#rosters = new Map();
    for (const sent of this.#sent) {
      const halves: readonly Half[] = this.split === 'chain' ? [this.halfOf(sent.hotkey)] : [0, 1];
      if (sent.block === block) this.chain.include({ ...sent, halves });
    }
    this.#sent = this.#sent.filter((sent) => sent.block > block);
  }

  /** A node that starts again remembers nothing. */
  forget(node: string): void {
    this.#seen.delete(node);
  }

  /** What a node reads at the head of the chain, and remembers. */
  rosterFor(node: string): Roster {
    const half = this.halfOf(node);
    const read = this.#rosters.get(half) ?? this.#read(half);
    this.#rosters.set(half, read);
    const roster = keepTimelyVotes(this.#seen.get(node) ?? read, read, timing);
    this.#seen.set(node, roster);
    return roster;
  }

  /** What is settled and can be had, as follow-votes.ts has it: what less than most stand behind is left aside after a while. */
  decidedFor(node: string, block: number, refused: ReadonlySet<BlobHash>): DecidedManifest | null {
    const roster = this.rosterFor(node);
    const total = votingStakeOf(roster);
    for (let votes = votesOf(roster); ;) {
      const decided = decidedManifest(votes, total, block, timing, refused);
      if (decided === null || this.canFetch(node, decided.hash)) return decided;
      const behind = votes.filter((vote) => vote.round === decided.round && vote.manifest === decided.hash);
      const isOfMost = 2n * behind.reduce((sum, { stakeRao }) => sum + stakeRao, 0n) > total;
      if (isOfMost || block < endBlock(decided.round, timing) + timing.leadBlocks) return decided;
      votes = votes.filter((vote) => !behind.includes(vote));
    }
  }

  canFetch(node: string, hash: BlobHash): boolean {
    const { signer, isKeptBack } = this.manifests.of(hash);
    return !isKeptBack && this.canReach(node, signer);
  }

  #read(half: Half): Roster {
    const words = this.chain.newest(half);
    const members = this.#neurons.map((one) => {
      const word = words.get(one.hotkey);
      const commitment = {
        address: word === undefined ? null : `/dns4/${one.hotkey}`,
        manifest: word?.manifest ?? null,
      };
      return {
        neuron: one,
        commitment: { ...commitment, checkpoint: null, runSpec: null },
        committedAtBlock: word?.block ?? -1,
      };
    });
    return { members, validators: validatorsOf(members), runSpec: null };
  }

  /** Uniform in from…to. */
  between(from: number, to: number): number {
    return from + this.random.nextBelow(to - from + 1);
  }
}

const neuron = (uid: number, stakeRao: Rao): Neuron => ({
  ...{ uid: uid as Uid, hotkey: `V${uid}` as Hotkey, coldkey: `C${uid}` as Neuron['coldkey'], stakeRao },
  ...{ validatorPermit: true, registeredAtBlock: uid, emissionRao: rao(0), incentive: 0 },
});
