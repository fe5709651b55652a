import type { RandomStream } from '#protocol/random.ts';
import { deadlineBlock, endBlock, roundOf } from '#protocol/round/clock.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { lastCallBlock, leadBlock } from '#protocol/round/lead.ts';
import type { RoundView, ValidatorEffect, ValidatorEvent, ValidatorRound } from '#protocol/round/validator-round.ts';
import type { VerdictKind, WorkerEffect, WorkerEvent, WorkerRound, WorkerView } from '#protocol/round/worker-round.ts';

export const timing = { blocks: 12, trainBlocks: 6, leadBlocks: 2 };
const HASHES = ['1', '2', '3', '4'].map((digit) => digit.repeat(64) as BlobHash);

const pick = <T>(random: RandomStream, from: readonly T[]): T => from[random.nextBelow(from.length)]!;
const isOnce = (random: RandomStream, in_: number): boolean => random.nextBelow(in_) === 0;

/** Blocks that mostly go on by one, at times jump, and at times go back by a few, as when the chain is reorganised. */
export function nextBlock(random: RandomStream, block: number): number {
  if (isOnce(random, 12)) return Math.max(0, block - 1 - random.nextBelow(4));
  if (isOnce(random, 20)) return block + random.nextBelow(2 * timing.blocks);
  return block + 1;
}

/** A chain that begins anew. */
export const otherChain = (random: RandomStream, block: number): number =>
  isOnce(random, 3000) ? Math.max(0, block - (3 + random.nextBelow(20)) * timing.blocks) : block;

export const randomRoundView = (random: RandomStream): RoundView => ({
  rank: isOnce(random, 10) ? null : random.nextBelow(5),
  proposals: HASHES.filter(() => isOnce(random, 4)),
  own: null,
  decided: isOnce(random, 5) ? pick(random, HASHES) : null,
});

export const randomWorkerView = (random: RandomStream): WorkerView => ({
  stepsBehind: pick(random, [0, 0, 0, 1, 2, 5, null]),
  verdict: isOnce(random, 6) ? pick<VerdictKind>(random, ['manifest', 'none', 'unknown']) : null,
  isBefore: isOnce(random, 2),
});

/** What a runner may answer; `null`: nothing. */
export function validatorAnswer(random: RandomStream, effect: ValidatorEffect): ValidatorEvent | null {
  const isFailure = isOnce(random, 6);
  switch (effect.kind) {
    case 'open':
      return isFailure ? { kind: 'failed' } : { kind: 'opened' };
    case 'judge':
      return isFailure ? { kind: 'failed' } : { kind: 'judged', canPropose: !isOnce(random, 4) };
    case 'check': {
      const verdict = pick(random, ['fair', 'fair', 'refused', 'unavailable'] as const);
      return isFailure ? { kind: 'failed' } : { kind: 'checked', hash: effect.hash, verdict };
    }
    case 'endorse':
      return isFailure ? { kind: 'failed' } : { kind: 'stood', hash: effect.hash };
    case 'propose':
      return isFailure ? { kind: 'failed' } : { kind: 'made', hash: pick(random, HASHES) };
    case 'adopt':
      return isFailure ? { kind: 'failed' } : { kind: 'adopted' };
    case 'close':
    case 'give-up':
    case 'set-weights':
      return null;
  }
}

const ANSWERS = ['taken', 'taken', 'refused', 'not-yet'] as const;
const isNotYet = (state: WorkerRound): boolean => state.kind === 'awaiting' && state.answer === 'not-yet';

export function workerAnswer(random: RandomStream, effect: WorkerEffect): WorkerEvent | null {
  const isFailure = isOnce(random, 6);
  switch (effect.kind) {
    case 'train':
      return isFailure ? pick(random, [{ kind: 'failed' }, { kind: 'untrained' }]) : { kind: 'trained' };
    case 'announce':
      return isFailure ? { kind: 'failed' } : { kind: 'answered', answer: pick(random, ANSWERS) };
    case 'settle':
      return isFailure ? { kind: 'failed' } : { kind: 'settled' };
    case 'resume':
      return isFailure ? { kind: 'failed' } : { kind: 'resumed', canAnnounce: !isOnce(random, 3) };
    case 'forget':
      return null;
  }
}

/** Any event at all, asked for or not. */
export function hostileValidatorEvent(random: RandomStream): ValidatorEvent {
  const hash = pick(random, HASHES);
  return pick<ValidatorEvent>(random, [
    { kind: 'block', view: { ...randomRoundView(random), own: isOnce(random, 8) ? hash : null } },
    { kind: 'opened' },
    { kind: 'judged', canPropose: isOnce(random, 2) },
    { kind: 'made', hash },
    { kind: 'checked', hash, verdict: pick(random, ['fair', 'refused', 'unavailable'] as const) },
    { kind: 'stood', hash },
    { kind: 'adopted' },
    { kind: 'failed' },
  ]);
}

export const hostileWorkerEvent = (random: RandomStream): WorkerEvent =>
  isOnce(random, 5000)
    ? { kind: 'diverged' }
    : pick<WorkerEvent>(random, [
        { kind: 'block', view: randomWorkerView(random) },
        { kind: 'block', view: randomWorkerView(random) },
        { kind: 'resumed', canAnnounce: isOnce(random, 2) },
        { kind: 'trained' },
        { kind: 'untrained' },
        { kind: 'answered', answer: pick(random, ANSWERS) },
        { kind: 'settled' },
        { kind: 'failed' },
      ]);

export interface Seen<State, Event, Effect> {
  readonly before: State;
  readonly event: Event;
  readonly block: number;
  readonly state: State;
  readonly effects: readonly Effect[];
}

const roundIn = (state: ValidatorRound | WorkerRound): number =>
  state.kind === 'halted' ? Infinity : 'lastRound' in state ? state.lastRound : state.round;

/** Watches a worker's machine. Each rule is a sentence; a step that breaks one returns it. */
export class WorkerRules {
  readonly #trained = new Set<number>();
  readonly #settled = new Set<number>();

  broken({ before, event, block, state, effects }: Seen<WorkerRound, WorkerEvent, WorkerEffect>): string | null {
    if (before.kind === 'halted' && (state.kind !== 'halted' || effects.length > 0))
      return 'it does nothing once halted';
    if (event.kind === 'diverged' && state.kind !== 'halted') return 'it halts when it diverged';
    if (effects.length > 1) return 'it does one thing at a time';
    const isForgotten = effects[0]?.kind === 'forget';
    if (isForgotten) {
      if (roundIn(before) <= roundOf(block, timing) + 1) return 'it forgets only what is of another chain';
      this.#trained.clear();
      this.#settled.clear();
    } else if (before.kind !== 'interrupted' && before.kind !== 'resuming' && roundIn(state) < roundIn(before)) {
      return 'rounds only grow, unless the chain is another';
    }
    for (const effect of effects) {
      const problem = this.#effect(effect, before, state, block);
      if (problem !== null) return problem;
    }
    return null;
  }

  #effect(effect: WorkerEffect, before: WorkerRound, state: WorkerRound, block: number): string | null {
    const { round } = effect;
    switch (effect.kind) {
      case 'train':
        if (before.kind !== 'idle') return 'it trains only when no update is pending';
        if (this.#trained.has(round)) return 'it trains no round twice';
        if (block >= deadlineBlock(round, timing) || round !== roundOf(block, timing)) {
          return 'it begins a round only in its training time';
        }
        this.#trained.add(round);
        return state.kind === 'training' && state.round === round ? null : 'who trains is training';
      case 'announce':
        if (effect.again && block >= deadlineBlock(round, timing))
          return 'it announces nothing again after the deadline';
        if (!effect.again && before.kind === 'awaiting' && block >= deadlineBlock(round, timing))
          return 'it tells of nothing again after the deadline';
        if (!effect.again && before.kind !== 'training' && !isNotYet(before)) return 'it announces what it has trained';
        return this.#settled.has(round) ? 'a settled round never comes back' : null;
      case 'settle':
        if (before.kind !== 'awaiting') return 'it settles what it awaits';
        if (this.#settled.has(round)) return 'it settles no round twice';
        this.#settled.add(round);
        return null;
      case 'resume':
        return before.kind === 'interrupted' ? null : 'it resumes what was interrupted';
      case 'forget':
        return null;
    }
  }
}

/** Watches a validator's machine. `isLegal`: its runner answers what it was asked, and nothing else. */
export class ValidatorRules {
  readonly #words = new Map<number, BlobHash>();
  readonly #opened = new Set<number>();
  readonly #closed = new Set<number>();
  #view: RoundView | null = null;
  #isGateOpen = false;
  readonly #isLegal: boolean;

  constructor(isLegal: boolean) {
    this.#isLegal = isLegal;
  }

  broken(seen: Seen<ValidatorRound, ValidatorEvent, ValidatorEffect>): string | null {
    const { before, event, state, effects } = seen;
    if (event.kind === 'block') this.#view = event.view;
    const isRetry = before.kind === 'opening' && event.kind === 'failed' && roundIn(state) === before.round - 1;
    if (!isRetry && roundIn(state) < roundIn(before)) return 'rounds only grow';
    if (isRetry) this.#opened.delete(before.round);
    if (before.kind === 'gathering' && state.kind !== 'gathering' && effects.length !== 1)
      return 'the gate does not stay open';
    if (state.kind === 'deciding' && state.stands?.isOnChain === false && !state.fair.includes(state.stands.hash)) {
      return 'it stands behind nothing that it did not find fair';
    }
    for (const effect of effects) {
      const problem = this.#effect(effect, seen);
      if (problem !== null) return problem;
    }
    if (state.kind === 'gathering') this.#isGateOpen = true;
    if (this.#isGateOpen !== (state.kind === 'gathering')) return 'the gate is open while it gathers, and only then';
    return null;
  }

  #effect(effect: ValidatorEffect, { before, state, block }: Seen<ValidatorRound, ValidatorEvent, ValidatorEffect>) {
    const { round } = effect;
    switch (effect.kind) {
      case 'open':
        if (block >= deadlineBlock(round, timing)) return 'it opens no round after its deadline';
        if (this.#opened.has(round)) return 'it opens no round twice';
        this.#opened.add(round);
        return null;
      case 'close':
      case 'judge':
        this.#isGateOpen = false;
        if (before.kind !== 'gathering') return 'it closes what it gathers';
        if (block < deadlineBlock(round, timing)) return 'it closes no round before its deadline';
        return null;
      case 'propose': {
        const rank = this.#view?.rank ?? null;
        if (rank === null || block < leadBlock(rank, round, timing)) return 'it never proposes before its turn';
        if (this.#words.has(round)) return 'it proposes nothing once it has given its word';
        return block >= lastCallBlock(round, timing) ? 'it never proposes at the last call' : null;
      }
      case 'endorse': {
        if (block >= lastCallBlock(round, timing)) return 'it never stands behind anything at the last call';
        const word = this.#words.get(round);
        if (this.#isLegal && word !== undefined && word !== effect.hash)
          return 'it never stands behind two manifests in one round';
        this.#words.set(round, effect.hash);
        return null;
      }
      case 'check': {
        if (before.kind !== 'deciding' || before.busy) return 'it checks while it decides, one at a time';
        const isKnown = before.fair.includes(effect.hash) || before.refused.includes(effect.hash);
        return isKnown ? 'it checks nothing twice' : null;
      }
      case 'adopt': {
        if (before.kind !== 'deciding') return 'it adopts what it decided on';
        if (this.#view?.decided !== effect.hash) return 'it adopts only what is settled';
        const isExamined = before.fair.includes(effect.hash) || before.refused.includes(effect.hash);
        return isExamined ? null : 'it adopts nothing unseen';
      }
      case 'give-up':
        return block < endBlock(round, timing) ? 'it gives no round up before its end' : null;
      case 'set-weights':
        if (this.#closed.has(round)) return 'a settled round never comes back';
        this.#closed.add(round);
        return state.kind === 'adopting' || state.kind === 'resting' ? null : 'it weighs at the end of a round';
    }
  }
}
