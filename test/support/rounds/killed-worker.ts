import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { RandomStream } from '#protocol/random.ts';
import { type BlobStore, openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { loadCheckpoint } from '#worker/checkpoint/load-checkpoint.ts';
import { startPeer } from '#worker/peer/node.ts';
import type { Peer } from '#worker/peer/peer.ts';
import { loadErrorBuffer } from '#worker/round/error-buffer.ts';
import { bundleProgram } from '../bundle-program.ts';
import { digestOf } from './digest.ts';
import { type Head, LockstepNetwork } from './lockstep-network.ts';
import { lockstepRun, outcomeOf } from './lockstep-run.ts';
import { STAGES } from './lockstep-worker.ts';
import { damagedBlobs } from './damaged-blobs.ts';
import { StageLog } from './stage-log.ts';
import type { Announced, ToWorker } from './worker-until-killed.ts';

/** The worker, and the thread in which it works out its updates. */
const PROGRAM = ['test/support/rounds/worker-until-killed', 'src-worker/update/update-thread'] as const;
const SIZE = { width: 6, layers: 3 };
/** Not so large that nothing ever has to make room. */
const QUOTA_BYTES = 16 * 1024 * 1024;
/** A life, in rounds as long as those before took. */
const LONGEST_LIFE_ROUNDS = 4;
/** A worker that has not got on for so long hangs. */
const HANGS_MS = 120_000;
const NEVER = new AbortController().signal;
/** What a worker may well say after a kill: its validator has gone on meanwhile. */
const HARMLESS = /announced again|could not be reached|closed while/;

/** What was on the disk after a kill. */
interface FoundBuffer {
  readonly round: number;
  readonly kind: 'sent' | 'returned';
  readonly digest: string;
}

/** A worker with all that it has on disk, and its network, which outlives its processes. */
export class KilledWorker {
  /** By stage, how many kills hit it. */
  readonly hits = new Map<string, number>();
  /** Kills after which an update waited for its verdict. */
  resumed = 0;
  readonly #folder: string;
  readonly #program: string;
  readonly #peer: Peer;
  readonly #network: LockstepNetwork;
  readonly #log = new StageLog();
  readonly #found: FoundBuffer[] = [];
  readonly #complaints: string[] = [];
  #child: ChildProcess | null = null;
  #roundMs = 500;
  #roundBeganMs = 0;
  #onHead: (head: Head) => void = () => undefined;

  private constructor(folder: string, program: string, peer: Peer, network: LockstepNetwork) {
    this.#folder = folder;
    this.#program = program;
    this.#peer = peer;
    this.#network = network;
  }

  static async create(): Promise<KilledWorker> {
    const folder = await mkdtemp(join(tmpdir(), 'millrace-kills-'));
    const program = await bundleProgram(join(folder, 'program'), PROGRAM);
    const peer = await startPeer({
      listenAddress: '/ip4/127.0.0.1/tcp/0',
      seed: randomBytes(32),
      warn: () => undefined,
    });
    const store = await openBlobStore({ folder: join(folder, 'network'), warn: () => undefined });
    await serveBlobs(peer, store);
    const heads: { worker: KilledWorker | null } = { worker: null };
    const network = await LockstepNetwork.start(lockstepRun(SIZE), {
      put: (bytes) => store.put(bytes),
      fetch: ({ blob, address }) => fetchFrom(peer, store, blob, address),
      onHead: (head) => heads.worker?.hear(head),
    });
    heads.worker = new KilledWorker(folder, program, peer, network);
    return heads.worker;
  }

  get rounds(): number {
    return this.#network.rounds.length;
  }

  hear(head: Head): void {
    const nowMs = performance.now();
    this.#roundMs = (this.#roundMs + nowMs - this.#roundBeganMs) / 2;
    this.#roundBeganMs = nowMs;
    this.#say({ kind: 'head', head });
    this.#onHead(head);
  }

  /**
   * Half of the kills come at any time of a life, half within a stage: else the long ones would have them all.
   * @returns what it hit, in words
   */
  async liveUntilKilled(random: RandomStream): Promise<string> {
    const ended = this.#live();
    if (random.nextBelow(2) === 0) {
      await this.#log.next('start', 1);
      this.#roundBeganMs = performance.now();
      await after((LONGEST_LIFE_ROUNDS * this.#roundMs * random.nextBelow(1_000)) / 1_000);
    } else {
      const stage = STAGES[1 + random.nextBelow(STAGES.length - 1)] ?? 'encode';
      await this.#log.next(stage, 1);
      this.#roundBeganMs = performance.now();
      await after((this.#log.meanMs(stage) * random.nextBelow(1_200)) / 1_000);
    }
    return this.#kill(ended);
  }

  /** Undisturbed until so many rounds are over. */
  async liveToRound(rounds: number): Promise<void> {
    const ended = this.#live();
    await new Promise<void>((resolve, reject) => {
      let hung: NodeJS.Timeout | undefined;
      const look = (): void => {
        clearTimeout(hung);
        if (this.rounds >= rounds) resolve();
        else hung = setTimeout(() => reject(new Error(`It hangs in round ${this.rounds}`)), HANGS_MS);
      };
      this.#onHead = look;
      look();
    });
    this.#onHead = () => undefined;
    await this.#log.next('encode', 1); // it has settled the last round
    await this.#kill(ended);
  }

  /** What differs from an undisturbed worker, and what is damaged; after the last kill. */
  async compareWith(calm: KilledWorker): Promise<readonly string[]> {
    const complaints = [...this.#complaints, ...this.#network.complaints, ...this.#log.conflicts];
    for (const warning of this.#log.warnings) if (!HARMLESS.test(warning)) complaints.push(`It says: ${warning}`);
    for (const [round, { blob, root }] of this.#network.rounds.entries()) {
      const expected = calm.#network.rounds[round];
      if (blob !== expected?.blob) complaints.push(`Round ${round}: another update than undisturbed`);
      if (root !== expected?.root) complaints.push(`Round ${round}: another root than undisturbed`);
    }
    for (const { round, kind, digest } of this.#found) {
      const expected = calm.#log.saved.get(`${round} ${kind}`);
      if (digest !== expected && round < calm.rounds) complaints.push(`Round ${round}: another error buffer (${kind})`);
    }
    const store = await openBlobStore({
      ...{ folder: join(this.#folder, 'blobs'), quotaBytes: QUOTA_BYTES },
      warn: (message) => complaints.push(`The store says: ${message}`),
    });
    complaints.push(...(await this.#readCheckpoint(store)));
    return complaints;
  }

  async end(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#peer.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** @returns resolves when the process has ended, with its signal */
  #live(): Promise<string | null> {
    const [address = ''] = this.#peer.addresses();
    const args = [this.#folder, address, SIZE.width, SIZE.layers, QUOTA_BYTES].map(String);
    const child = fork(this.#program, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    this.#child = child;
    this.#log.restart();
    const lines = createInterface({ input: child.stdout ?? process.stdin });
    lines.on('line', (line) => this.#log.hear(line));
    const read = once(lines, 'close');
    child.on('message', ({ id, hex }: Announced) => {
      void this.#network.announce(Buffer.from(hex, 'hex')).then(
        (reply) => {
          if (this.#child === child) this.#say({ kind: 'reply', id, reply });
        },
        () => undefined, // killed while its update was fetched
      );
    });
    this.#say({ kind: 'head', head: this.#network.head });
    return once(child, 'exit').then(async ([, signal]) => {
      await read;
      return signal as string | null;
    });
  }

  #say(message: ToWorker): void {
    if (this.#child?.connected === true) this.#child.send(message, () => undefined);
  }

  async #kill(ended: Promise<string | null>): Promise<string> {
    this.#child?.kill('SIGKILL');
    const signal = await ended;
    this.#child = null;
    if (signal !== 'SIGKILL') this.#complaints.push('A worker ended by itself');
    const stages = this.#log.underWay();
    for (const stage of stages) this.hits.set(stage, (this.hits.get(stage) ?? 0) + 1);
    await this.#inspect();
    return stages.join(' and ');
  }

  async #inspect(): Promise<void> {
    const { errors, round, sent, lost } = await loadErrorBuffer(
      join(this.#folder, 'error-buffer.bin'),
      this.#network.run,
    );
    if (lost !== null) this.#complaints.push(lost);
    if (sent !== null) this.resumed += 1;
    if (round !== null) {
      const kind = sent !== null || outcomeOf(round) === 'merged' ? 'sent' : 'returned';
      this.#found.push({ round, kind, digest: digestOf(errors) });
    }
    this.#complaints.push(...(await damagedBlobs(join(this.#folder, 'blobs'))));
  }

  /** The newest checkpoint but one is whole in the worker's own store, and is the state that was signed; the newest may be on its way. */
  async #readCheckpoint(store: BlobStore): Promise<readonly string[]> {
    const pointer = this.#network.checkpoints.at(-2);
    if (pointer === undefined) return ['There are fewer than two checkpoints'];
    const blobs = {
      get: async (hash: Parameters<BlobStore['get']>[0]) => {
        const bytes = await store.get(hash);
        if (bytes === null) throw new MillraceError('BLOB_MISSING', `Blob ${hash} is not in the store`);
        return bytes;
      },
    };
    try {
      await loadCheckpoint(this.#network.run, blobs, pointer, { from: [], signal: NEVER });
      return [];
    } catch (error) {
      return [`The checkpoint of step ${pointer.step}: ${errorMessage(error)}`];
    }
  }
}

async function fetchFrom(
  peer: Peer,
  store: BlobStore,
  hash: Parameters<BlobStore['get']>[0],
  address: string,
): Promise<Uint8Array> {
  await fetchInto(store, { peer, hash, sources: [address] });
  return (await store.get(hash)) ?? new Uint8Array();
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
