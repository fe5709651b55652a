import { assertNever } from '#protocol/assert-never.ts';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { deadlineBlock, endBlock, roundOf } from '#protocol/round/clock.ts';
import { leadBlock, patienceBlock } from '#protocol/round/lead.ts';
import {
  type ValidatorEffect,
  type ValidatorEvent,
  type ValidatorRound,
  validatorRound,
} from '#protocol/round/validator-round.ts';
import { NO_WORDS, withWords } from '#network/validator/first-words.ts';
import { roundView } from '#network/validator/round-view.ts';
import { leadsOf, votesOf } from '#worker/run/roster.ts';
import { Actor } from './actor.ts';
import { type SwarmWorld, timing } from './swarm-world.ts';

export type Fault =
  | 'none'
  | 'dead'
  /** Whatever it does takes long. */
  | 'hung'
  /** Its manifests are false. */
  | 'lies'
  /** Its manifests leave out what they should not. */
  | 'unfair'
  /** Its commitments are included late. */
  | 'late-votes'
  /** Its commitments are never included. */
  | 'no-votes'
  /** It is told that its commitments failed, and they are included later. */
  | 'false-failures'
  /** Unfair, and it says what it has said in time once more when the round is over. */
  | 'repeats'
  /** It stands behind manifests of its own that nobody can have. */
  | 'withholds'
  /** In each block it stands behind another manifest, which nobody can have: whoever asks waits in vain for as long as a check may take. */
  | 'floods';

const DISHONEST: readonly Fault[] = ['lies', 'unfair', 'repeats', 'withholds', 'floods'];
const GIVES_UP_AFTER_BLOCKS = 5;

/** The real machine of a validator over a chain in memory. */
export class SimulatedValidator extends Actor<ValidatorRound, ValidatorEvent, ValidatorEffect> {
  fault: Fault = 'none';
  /** Of the manifest that its state is of. */
  model: BlobHash | null = null;
  modelRound = -1;
  /** What it adopted in each round. */
  readonly adopted = new Map<number, BlobHash>();
  readonly #false = new Set<BlobHash>();
  #words = NO_WORDS;
  readonly #world: SwarmWorld;
  readonly hotkey: Hotkey;

  constructor(world: SwarmWorld, hotkey: Hotkey) {
    super({ kind: 'resting', lastRound: -1 });
    this.#world = world;
    this.hotkey = hotkey;
  }

  get isHonest(): boolean {
    return !DISHONEST.includes(this.fault);
  }

  /** Another process, at the same address: it says nothing before it has something to say. */
  restart(): void {
    this.begins({ kind: 'resting', lastRound: -1 });
    this.model = null;
    this.modelRound = -1;
    this.#false.clear();
    this.#words = NO_WORDS;
    this.#world.forget(this.hotkey);
  }

  override step(block: number): void {
    if (this.fault === 'floods') this.#flood(block);
    else if (this.fault !== 'dead') super.step(block);
  }

  protected transition(state: ValidatorRound, event: ValidatorEvent, block: number) {
    return validatorRound(state, event, { block, timing });
  }

  protected look(block: number): ValidatorEvent {
    const roster = this.#world.rosterFor(this.hotkey);
    const round = this.state.kind === 'resting' ? roundOf(block, timing) : this.state.round;
    this.#words = withWords(this.#words, round, votesOf(roster));
    const view = roundView(roster, this.hotkey, round, { block, timing, refused: this.#false, words: this.#words });
    return { kind: 'block', view };
  }

  protected looksAgain(before: ValidatorRound, after: ValidatorRound): boolean {
    return (
      after.kind === 'deciding' &&
      (before.kind !== 'deciding' ||
        after.stands?.isOnChain !== before.stands?.isOnChain ||
        after.fair.length > before.fair.length ||
        after.refused.length > before.refused.length)
    );
  }

  protected begin(effect: ValidatorEffect, block: number): number {
    const work = this.fault === 'hung' ? this.#world.between(4, 14) : this.#world.between(0, 1);
    switch (effect.kind) {
      case 'open':
      case 'judge':
      case 'adopt':
        return work;
      case 'check':
        if (!this.#world.manifests.of(effect.hash).isKeptBack) return work;
        return patienceBlock(block, effect.round, timing, effect.again) - block;
      case 'propose':
        return work;
      case 'endorse':
        return this.#commit(effect.round, effect.hash, block);
      case 'close':
      case 'give-up':
      case 'set-weights':
        return 0;
      default:
        return assertNever(effect, 'effect of a validator');
    }
  }

  protected finish(effect: ValidatorEffect, block: number): ValidatorEvent | null {
    switch (effect.kind) {
      case 'open':
        return this.#open(block) ? { kind: 'opened' } : { kind: 'failed' };
      case 'judge':
        return { kind: 'judged', canPropose: true };
      case 'check':
        return { kind: 'checked', hash: effect.hash, verdict: this.#check(effect.round, effect.hash, block) };
      case 'propose':
        return { kind: 'made', hash: this.#make(effect.round) };
      case 'endorse':
        return this.#isCommitted ? { kind: 'stood', hash: effect.hash } : { kind: 'failed' };
      case 'adopt':
        return this.#follow(effect.round, effect.hash) ? { kind: 'adopted' } : { kind: 'failed' };
      case 'close':
      case 'give-up':
      case 'set-weights':
        return null;
      default:
        return assertNever(effect, 'effect of a validator');
    }
  }

  #isCommitted = true;

  #make(round: number): BlobHash {
    const isKeptBack = this.fault === 'withholds';
    const [isFalse, isUnfair] = [this.fault === 'lies', this.fault === 'unfair' || this.fault === 'repeats'];
    const made = { round, signer: this.hotkey, previous: this.model, isFalse, isUnfair, isKeptBack };
    return this.#world.manifests.make(made).hash;
  }

  #flood(block: number): void {
    const round = roundOf(block, timing);
    const isSeen = block >= deadlineBlock(round, timing) - 1;
    const hidden = { round, signer: this.hotkey, previous: null, isFalse: false, isUnfair: true, isKeptBack: true };
    if (isSeen) this.#world.say(this.hotkey, { round, hash: this.#world.manifests.make(hidden).hash }, block + 1);
  }

  /** @returns how many blocks pass until it is answered */
  #commit(round: number, hash: BlobHash, block: number): number {
    const isLate = this.fault === 'late-votes' || this.fault === 'false-failures';
    const delay = isLate ? this.#world.between(4, 14) : this.#world.between(1, 2);
    this.#isCommitted = this.fault !== 'no-votes' && this.fault !== 'false-failures';
    if (this.fault !== 'no-votes') this.#world.say(this.hotkey, { round, hash }, block + delay);
    if (this.fault === 'repeats') {
      this.#world.say(this.hotkey, { round, hash }, endBlock(round, timing) + this.#world.between(0, 4));
    }
    return this.#isCommitted ? delay : GIVES_UP_AFTER_BLOCKS;
  }

  #open(block: number): boolean {
    const decided = this.#world.decidedFor(this.hotkey, block, this.#false);
    if (decided === null || decided.round < this.modelRound) return true;
    return this.#follow(decided.round, decided.hash);
  }

  /** As followRun of src-network/validator: what lies behind is not gone back to. */
  #follow(round: number, hash: BlobHash): boolean {
    const { manifests } = this.#world;
    if (hash === this.model) return true;
    if (manifests.isFalse(hash)) {
      this.#false.add(hash);
      return false;
    }
    if (!this.#world.canFetch(this.hotkey, hash) || manifests.stepOf(hash) < manifests.stepOf(this.model)) return false;
    this.model = hash;
    this.modelRound = round;
    this.adopted.set(round, hash);
    return true;
  }

  #check(round: number, hash: BlobHash, block: number): 'fair' | 'refused' | 'unavailable' {
    const { manifests } = this.#world;
    const manifest = manifests.of(hash);
    if (!this.#world.canFetch(this.hotkey, hash)) return 'unavailable';
    if (manifest.isFalse) {
      this.#false.add(hash);
      return 'refused';
    }
    const roster = this.#world.rosterFor(this.hotkey);
    const rank = leadsOf(roster, round).indexOf(manifest.signer);
    const isFair = manifest.previous === this.model && manifest.round === round && !manifest.isUnfair;
    if (!isFair) return 'refused';
    return block < leadBlock(rank, round, timing) ? 'unavailable' : 'fair';
  }
}
