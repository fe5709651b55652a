import { utf8 } from '#protocol/bytes.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { MillraceError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { openAnnouncement, type Announcement } from '#protocol/round/announcement.ts';
import { type Manifest, openManifest } from '#protocol/round/manifest.ts';
import type { ManifestSummary } from '#protocol/worker-messages.ts';
import type { ValidatorPorts } from '#network/validator/validator-desk.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';
import { createQuiet, type Quiet } from '../quiet.ts';
import { createSwarm, type SwarmMember, type SwarmValidator } from '../swarm.ts';
import type { EnginePool } from './engine-pool.ts';
import type { At, Fault, Outcome, Reply, Turn } from './fault.ts';
import { faultsRun, textPages } from './run-of-faults.ts';

const BLOCK_MS = 60_000;
const RAO_PER_TAO = 1e9;

type Swarm = Awaited<ReturnType<typeof createSwarm>>;
type Side = 'a' | 'b';

/** A run with its fault: makes block after block, each when all that the one before has brought about is done. */
export class Stage {
  readonly replies: Reply[] = [];
  readonly logs: string[] = [];
  readonly deaths: string[] = [];
  /** What workers announced, in order. */
  readonly announced: { readonly worker: number; readonly announcement: Announcement }[] = [];
  /** How often something that a fault does was done, by its name. */
  readonly counts = new Map<string, number>();
  readonly workers = new Map<number, SwarmMember>();
  readonly validators = new Map<number, SwarmValidator>();
  /** A worker that was started again has two. */
  readonly #lives: { readonly n: number; readonly rounds: SwarmMember['rounds'] }[] = [];
  readonly #adopted: { readonly validator: number; readonly summary: ManifestSummary }[] = [];
  readonly #sides = new Map<string, Side>();
  /** Of each blob that a member has put: who put it, and who has fetched it since. */
  readonly #holders = new Map<BlobHash, string[]>();
  /** Where a machine with several keys says that it is. */
  sybilAddress: (() => string) | null = null;
  /** The block that comes next. */
  at: At = { round: -1, offset: 0 };
  #nowMs = 0;
  /** How often each block was. */
  readonly #replaced = new Map<number, number>();
  #isSplit = false;

  readonly fault: Fault;
  readonly turn: Turn;
  readonly swarm: Swarm;
  readonly quiet: Quiet;

  private constructor(
    { fault, turn }: { readonly fault: Fault; readonly turn: Turn },
    swarm: Swarm,
    quiet: Quiet,
    setClock: (nowMs: () => number) => void,
  ) {
    [this.fault, this.turn, this.swarm, this.quiet] = [fault, turn, swarm, quiet];
    setClock(() => this.#nowMs);
  }

  static async open(fault: Fault, turn: Turn, pool: EnginePool): Promise<Stage> {
    const quiet = createQuiet();
    watchHashes(quiet);
    const { data, pages } = await textPages();
    const engines = { trainer: () => pool.trainer(), evaluator: () => pool.evaluator() };
    let nowMs = (): number => 0;
    const swarm = await createSwarm({
      ...{ stakes: fault.cast.stakes, changes: { ...faultsRun, data }, pages, quiet, engines, nowMs: () => nowMs() },
    });
    const stage = new Stage({ fault, turn }, swarm, quiet, (clock) => (nowMs = clock));
    swarm.events.on('log', (line: string) => void stage.logs.push(line));
    const workers = Array.from({ length: fault.cast.workers }, (_, n) => n);
    await swarm.enrol(workers);
    for (const n of fault.cast.stakes.keys()) await stage.startValidator(n);
    for (const n of workers) await stage.startWorker(n);
    swarm.leaveBlocksToTest();
    await quiet.settled();
    return stage;
  }

  get block(): number {
    return this.swarm.chain.node.tip().head.number;
  }

  get timing() {
    return this.swarm.run.spec.round;
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  async startWorker(n: number): Promise<void> {
    const name = `worker ${n}`;
    const worker = (ports: WorkerPorts): WorkerPorts => {
      const heard = this.#hearing(n, this.#split(name, { ...ports, chain: this.#seeding(ports.chain) }));
      return this.fault.worker?.(n, heard, this) ?? heard;
    };
    const member = await this.swarm.startWorker(n, undefined, { worker });
    member.done.catch((error: unknown) => void this.deaths.push(`${name}: ${String(error)}`));
    this.workers.set(n, member);
    this.#lives.push({ n, rounds: member.rounds });
  }

  async startValidator(n: number): Promise<void> {
    const name = `validator ${n}`;
    const validator = (ports: ValidatorPorts): ValidatorPorts => {
      const own = this.#split(name, { ...ports, chain: this.#seeding(ports.chain) });
      const heard: ValidatorPorts = {
        ...own,
        onManifest: (summary) => {
          this.#adopted.push({ validator: n, summary });
          own.onManifest(summary);
        },
      };
      return this.fault.validator?.(n, heard, this) ?? heard;
    };
    const lie = (manifest: Manifest): Manifest => this.fault.lie?.(n, manifest) ?? manifest;
    const member = await this.swarm.startValidator(n, lie, { validator });
    member.done.catch((error: unknown) => void this.deaths.push(`${name}: ${String(error)}`));
    this.validators.set(n, member);
  }

  /** No announcement and no blob comes from one side to the other. */
  split(sides: ReadonlyMap<string, Side>): void {
    this.#isSplit = true;
    for (const [name, side] of sides) this.#sides.set(name, side);
  }

  heal(): void {
    this.#isSplit = false;
  }

  isApart(one: string, other: string): boolean {
    return this.#isSplit && this.#sides.get(one) !== this.#sides.get(other);
  }

  /** So many blocks' time in which none is made. */
  async stall(blocks: number): Promise<void> {
    for (let block = 0; block < blocks; block += 1) {
      this.#nowMs += BLOCK_MS;
      await this.quiet.settled();
    }
  }

  reorganise(blocks: number): void {
    for (let number = this.block; number > this.block - blocks; number -= 1) {
      this.#replaced.set(number, (this.#replaced.get(number) ?? 0) + 1);
    }
    this.swarm.chain.reorganise(blocks);
  }

  /** From the first whole round on. */
  async play(rounds: number, onRound: (round: number) => void): Promise<Outcome> {
    const { blocks } = this.timing;
    const first = Math.floor(this.block / blocks) + 1;
    while (this.block < first * blocks - 1) await this.#nextBlock();
    // The last round is paid at the first block after it.
    const last = (first + rounds) * blocks;
    while (this.block < last) {
      const next = this.block + 1;
      const at = { round: Math.floor(next / blocks) - first, offset: next % blocks };
      this.at = at;
      if (next < last) await this.fault.onBlock?.(at, this);
      await this.#nextBlock();
      if (at.offset === 0 && at.round > 0) onRound(at.round);
    }
    for (const member of [...this.workers.values(), ...this.validators.values()]) member.stop();
    await this.quiet.settled();
    return this.#outcome(rounds, first);
  }

  /**
   * Hashes that depend on the number alone, and on how often that block was replaced: all runs of one text draw the same windows, and
   * their differences are the fault's.
   */
  #seeding(chain: ChainClient): ChainClient {
    const { text } = this.turn;
    const draw = text === 0 ? '' : ` ${text}`;
    return {
      ...chain,
      block: async (number, signal) => {
        const header = await chain.block(number, signal);
        return header === null
          ? null
          : { ...header, hash: blobHash(utf8(`${number} ${this.#replaced.get(number) ?? 0}${draw}`)) };
      },
    };
  }

  async #nextBlock(): Promise<void> {
    this.#nowMs += BLOCK_MS;
    await this.swarm.chain.produceBlock();
    await this.quiet.settled();
  }

  #hearing(n: number, ports: WorkerPorts): WorkerPorts {
    return {
      ...ports,
      announce: async (address, bytes, signal) => {
        const { announcement } = openAnnouncement(bytes);
        this.announced.push({ worker: n, announcement });
        const reply = await ports.announce(address, bytes, signal);
        this.replies.push({ worker: n, validator: address, round: announcement.round, reply });
        return reply;
      },
    };
  }

  #split<P extends WorkerPorts | ValidatorPorts>(name: string, ports: P): P {
    const common: Partial<WorkerPorts> = {
      blobs: {
        get: async (hash, request) => {
          const holders = this.#holders.get(hash);
          if (holders?.every((holder) => this.isApart(name, holder))) {
            this.count('a blob was out of reach');
            throw new MillraceError('BLOB_MISSING', `${holders.join(', ')} are out of reach`);
          }
          const bytes = await ports.blobs.get(hash, request);
          if (holders?.includes(name) === false) holders.push(name);
          return bytes;
        },
      },
      putBlob: async (bytes) => {
        const hash = await ports.putBlob(bytes);
        const holders = this.#holders.get(hash) ?? [];
        this.#holders.set(hash, holders.includes(name) ? holders : [...holders, name]);
        return hash;
      },
    };
    if (!('announce' in ports)) return { ...ports, ...common };
    const announce: WorkerPorts['announce'] = (address, bytes, signal) => {
      const to = [...this.validators.keys()].find((v) => address.endsWith(this.swarm.validatorHotkey(v)));
      if (to !== undefined && this.isApart(name, `validator ${to}`)) {
        this.count('an announcement was out of reach');
        return Promise.reject(new MillraceError('PEER_UNREACHABLE', 'The network is divided'));
      }
      return ports.announce(address, bytes, signal);
    };
    return { ...ports, ...common, announce };
  }

  #outcome(rounds: number, first: number): Outcome {
    const { chain, hotkey, blobs } = this.swarm;
    const paid = (n: number): number => {
      const events = chain.node.store.emissions(hotkey(n), {
        ...{ afterBlock: first * this.timing.blocks, untilBlock: Infinity },
      }).events;
      return events.reduce((sum, { amountRao }) => sum + Number(amountRao) / RAO_PER_TAO, 0);
    };
    const honest = this.#adopted.filter(({ validator }) => this.fault.faultyValidators?.includes(validator) !== true);
    const settled = honest.map(({ summary }) => ({ ...summary, round: summary.round - first }));
    const byRoot = new Map<string, Manifest>();
    for (const bytes of blobs.values()) {
      const manifest = manifestIn(bytes);
      if (manifest !== null) byRoot.set(`${manifest.round - first} ${manifest.stateRoot}`, manifest);
    }
    const manifests = new Map<number, Manifest>();
    const roots = new Map<number, Set<string>>();
    const add = (round: number, root: string): void => {
      roots.set(round, (roots.get(round) ?? new Set()).add(root));
    };
    for (const { round, stateRoot } of settled) {
      const manifest = byRoot.get(`${round} ${stateRoot}`);
      if (manifest !== undefined) manifests.set(round, manifest);
      add(round, stateRoot);
    }
    const workerRounds = Array.from({ length: this.fault.cast.workers }, (_, n) =>
      this.#lives.filter((life) => life.n === n).flatMap((life) => life.rounds),
    ).map((all) => all.map((one) => ({ ...one, round: one.round - first })));
    for (const { round, stateRoot } of workerRounds.flat()) if (stateRoot !== null) add(round, stateRoot);
    return {
      ...{ rounds, manifests, roots, workerRounds, logs: this.logs, deaths: this.deaths },
      rewards: Array.from({ length: this.fault.cast.workers }, (_, n) => paid(n)),
      losses: new Map(settled.map(({ round, evalLoss }) => [round, evalLoss])),
      replies: this.replies.map((reply) => ({ ...reply, round: reply.round - first })),
    };
  }
}

const realSubtle = crypto.subtle;

/** Roots are hashed on other threads: on a loaded machine they take longer than any number of turns. */
function watchHashes(quiet: Quiet): void {
  Object.defineProperty(crypto, 'subtle', { configurable: true, value: quiet.watching(realSubtle) });
}

/** `null`: another kind of blob. */
export function manifestIn(bytes: Uint8Array): Manifest | null {
  try {
    return openManifest(bytes).manifest;
  } catch {
    return null;
  }
}
