import { assertNever } from '#protocol/assert-never.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { deadlineBlock, roundOf } from '#protocol/round/clock.ts';
import type { DecidedManifest } from '#protocol/round/votes.ts';
import {
  type VerdictKind,
  type WorkerEffect,
  type WorkerEvent,
  type WorkerRound,
  workerRound,
} from '#protocol/round/worker-round.ts';
import { Actor } from './actor.ts';
import { type SwarmWorld, timing } from './swarm-world.ts';

/** The real machine of a worker over a chain in memory. It follows the run as follow-votes.ts does. */
export class SimulatedWorker extends Actor<WorkerRound, WorkerEvent, WorkerEffect> {
  readonly adopted = new Map<number, BlobHash>();
  readonly trained: number[] = [];
  readonly settled: { readonly round: number; readonly verdict: VerdictKind }[] = [];
  model: BlobHash | null = null;
  #modelRound = -1;
  #pending: number | null = null;
  readonly #refused = new Set<BlobHash>();
  readonly #world: SwarmWorld;
  readonly #name: string;

  constructor(world: SwarmWorld, name: string) {
    super({ kind: 'idle', lastRound: -1 });
    this.#world = world;
    this.#name = name;
  }

  protected transition(state: WorkerRound, event: WorkerEvent, block: number) {
    return workerRound(state, event, { block, timing, maxStaleness: 1 });
  }

  protected look(block: number): WorkerEvent {
    const stepsBehind = this.#follow(block);
    const isOver = this.#pending !== null && this.#pending <= this.#modelRound;
    const isBefore = stepsBehind === 0 && this.#modelRound < (this.#pending ?? -1);
    return { kind: 'block', view: { stepsBehind, verdict: isOver ? 'manifest' : null, isBefore } };
  }

  protected looksAgain(before: WorkerRound, after: WorkerRound): boolean {
    return before.kind !== after.kind;
  }

  protected begin(effect: WorkerEffect, block: number): number {
    switch (effect.kind) {
      case 'train':
        this.trained.push(effect.round);
        return Math.max(0, deadlineBlock(effect.round, timing) - 1 - block);
      case 'announce':
      case 'settle':
      case 'resume':
        return this.#world.between(0, 1);
      case 'forget':
        return 0;
      default:
        return assertNever(effect, 'effect of a worker');
    }
  }

  protected finish(effect: WorkerEffect): WorkerEvent | null {
    switch (effect.kind) {
      case 'train':
        this.#pending = effect.round;
        return { kind: 'trained' };
      case 'announce':
        return { kind: 'answered', answer: 'taken' };
      case 'settle':
        this.#pending = null;
        this.settled.push({ round: effect.round, verdict: effect.verdict });
        return { kind: 'settled' };
      case 'resume':
        return { kind: 'resumed', canAnnounce: false };
      case 'forget':
        return null;
      default:
        return assertNever(effect, 'effect of a worker');
    }
  }

  /** @returns how far it is behind; `null` when it cannot tell */
  #follow(block: number): number | null {
    const { manifests } = this.#world;
    const decide = (): DecidedManifest | null => this.#world.decidedFor(this.#name, block, this.#refused);
    let decided = decide();
    for (; decided !== null && manifests.isFalse(decided.hash); decided = decide()) {
      if (roundOf(block, timing) > decided.round) return null; // the real one says that the fault may be its own, and stops
      this.#refused.add(decided.hash);
    }
    if (decided === null) return this.#refused.size > 0 ? null : 0;
    if (decided.hash === this.model) return 0;
    const isReachable = this.#world.canFetch(this.#name, decided.hash);
    if (!isReachable || manifests.stepOf(decided.hash) < manifests.stepOf(this.model)) return null;
    this.model = decided.hash;
    this.#modelRound = decided.round;
    this.adopted.set(decided.round, decided.hash);
    return 0;
  }
}
