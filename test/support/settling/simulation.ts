import type { BlobHash } from '#protocol/ids.ts';
import { randomStream } from '#protocol/random.ts';
import { roundOf } from '#protocol/round/clock.ts';
import { decidedManifest } from '#protocol/round/votes.ts';
import { votesOf, votingStakeOf } from '#worker/run/roster.ts';
import { SwarmWorld, timing } from './swarm-world.ts';
import { type Fault, SimulatedValidator } from './validator.ts';
import { SimulatedWorker } from './worker.ts';

export interface Plan {
  readonly seed: string;
  readonly stakes: readonly number[];
  readonly workers: number;
}

/** What was to be seen in a round by who looked at its last block. */
export interface RoundRecord {
  readonly round: number;
  readonly decided: BlobHash | null;
}

/** Validators and workers around the real machines, block after block. */
export class Simulation {
  readonly world: SwarmWorld;
  readonly validators: readonly SimulatedValidator[];
  readonly workers: readonly SimulatedWorker[];
  /** One for each round that is over. */
  readonly records: RoundRecord[] = [];
  /** Manifests of which the chain said that they are settled and then, in the same round, another. */
  readonly changed: string[] = [];
  #block = 0;
  #last: { readonly round: number; readonly hash: BlobHash } | null = null;

  constructor({ seed, stakes, workers }: Plan) {
    this.world = new SwarmWorld(randomStream(new TextEncoder().encode(seed)), stakes);
    this.validators = this.world.hotkeys.map((hotkey) => new SimulatedValidator(this.world, hotkey));
    this.workers = Array.from({ length: workers }, (_, i) => new SimulatedWorker(this.world, `W${i}`));
  }

  get round(): number {
    return roundOf(this.#block, timing);
  }

  get honest(): readonly SimulatedValidator[] {
    return this.validators.filter(({ isHonest, fault }) => isHonest && fault !== 'dead');
  }

  setFault(index: number, fault: Fault): void {
    this.validators[index]!.fault = fault;
  }

  restart(index: number): void {
    this.validators[index]!.restart();
  }

  /** Divides the nodes at random, at least one validator on each side. */
  divide(kind: 'chain' | 'blobs'): void {
    const { halves, hotkeys, random } = this.world;
    const names: readonly string[] = [...hotkeys, ...this.workers.map((_, i) => `W${i}`)];
    for (const name of names) halves.set(name, random.nextBelow(2) === 0 ? 0 : 1);
    halves.set(hotkeys[0]!, 0);
    halves.set(hotkeys[1]!, 1);
    this.world.split = kind;
  }

  heal(): void {
    if (this.world.split === 'chain') this.world.chain.heal(this.world.random.nextBelow(2) === 0 ? 0 : 1);
    this.world.split = 'none';
    this.world.halves.clear();
  }

  runRounds(rounds: number): void {
    for (let left = rounds * timing.blocks; left > 0; left -= 1) this.runBlock();
  }

  /** Runs to where everyone has had the time to take what was settled at the last block of a round. */
  runIntoRound(): void {
    do this.runBlock();
    while (this.#block % timing.blocks !== timing.trainBlocks - 2);
  }

  runBlock(): void {
    const block = this.#block;
    this.world.beginBlock(block);
    const order = [...this.validators, ...this.workers].map((node) => ({ node, at: this.world.random.nextUint32() }));
    for (const { node } of order.toSorted((a, b) => a.at - b.at)) node.step(block);
    if (this.world.split !== 'chain') this.#observe(block);
    else this.#last = null;
    if ((block + 1) % timing.blocks === 0)
      this.records.push({ round: this.round, decided: this.#decidedFor(this.round) });
    this.#block += 1;
  }

  #read(block: number) {
    const roster = this.world.rosterFor('an observer');
    const votes = votesOf(roster);
    const isFalse = new Set(votes.map(({ manifest }) => manifest).filter((hash) => this.world.manifests.isFalse(hash)));
    return decidedManifest(votes, votingStakeOf(roster), block, timing, isFalse);
  }

  #decidedFor(round: number): BlobHash | null {
    const decided = this.#read(this.#block);
    return decided?.round === round ? decided.hash : null;
  }

  #observe(block: number): void {
    const now = this.#read(block);
    if (now === null) return;
    const last = this.#last;
    const isChange = last !== null && (now.round < last.round || (now.round === last.round && now.hash !== last.hash));
    if (isChange) this.changed.push(`block ${block}: round ${now.round} after ${last.round}`);
    this.#last = now;
  }

  /** Adopted by honest validators and by workers, for one round. */
  adoptedIn(round: number): ReadonlySet<BlobHash> {
    const nodes = [...this.honest, ...this.workers];
    return new Set(nodes.flatMap(({ adopted }) => adopted.get(round) ?? []));
  }

  modelsOf(nodes: readonly { readonly model: BlobHash | null }[]): ReadonlySet<BlobHash | null> {
    return new Set(nodes.map(({ model }) => model));
  }
}
