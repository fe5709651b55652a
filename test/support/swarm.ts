import { EventEmitter, once } from 'node:events';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { DEFAULT_SCORING } from '#protocol/score/scoring-params.ts';
import { encodeRunSpec, type RunSpec, runIdOf } from '#protocol/run-spec.ts';
import type { ValidatorNews } from '#protocol/validator-news.ts';
import type { ManifestSummary, WorkerActivity, WorkerRound } from '#protocol/worker-messages.ts';
import type { Gather } from '#network/validator/gather.ts';
import type { ValidatorPorts } from '#network/validator/validator-desk.ts';
import { runValidator } from '#network/validator/validator-loop.ts';
import { createCheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import { createEvaluator, type Evaluator } from '#worker/engine/evaluator.ts';
import { createPace } from '#worker/engine/pace.ts';
import { createTrainer, type Trainer } from '#worker/engine/trainer.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';
import { runWorker } from '#worker/round/worker-loop.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { encodeCommitment, NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { MillraceError, ProtocolError } from '#protocol/errors.ts';
import { lastCallBlock, leadBlock } from '#protocol/round/lead.ts';
import { type Manifest, openManifest, sealManifest } from '#protocol/round/manifest.ts';
import { NETUID, testGenesis, testKey, validator } from './chain-fixtures.ts';
import { createMemoryChain } from './memory-chain/memory-chain.ts';
import { inlineCodec } from './inline-codec.ts';
import type { Quiet } from './quiet.ts';
import { pageBytes, smallRun } from './small-run.ts';

export interface SwarmValidator {
  /** Of the rounds that it adopted as it had made or checked them. */
  readonly manifests: ManifestSummary[];
  /** Resolves when it has logged such a line. */
  readonly logged: (line: RegExp) => Promise<void>;
  readonly done: Promise<void>;
  stop(): void;
}

export interface SwarmMember {
  readonly rounds: WorkerRound[];
  readonly activities: WorkerActivity[];
  readonly warnings: string[];
  /** Resolves when the member has ended; rejects with what ended it. */
  readonly done: Promise<void>;
  stop(): void;
}

export interface SwarmOptions {
  /** Stakes of the validators, in TAO. */
  readonly stakes?: readonly number[];
  /** What the run's outer step has other than `smallRun`'s. */
  readonly outer?: Partial<RunSpec['outer']>;
  /** What else the run has other than `smallRun`. */
  readonly changes?: Partial<RunSpec>;
  /** The text, in the order of the run's pages. */
  readonly pages?: readonly Uint8Array[];
  /** Since whenever, in virtual time. */
  readonly nowMs?: () => number;
  /** Those of earlier runs of the same model, as good as new, or new ones. */
  readonly engines?: { readonly trainer: () => Promise<Trainer>; readonly evaluator: () => Promise<Evaluator> };
  /** Told of everything that members wait for beside blocks. */
  readonly quiet?: Quiet;
}

/** What a member has to do with, exchanged for something that fails. */
export interface Surroundings {
  readonly worker?: (ports: WorkerPorts) => WorkerPorts;
  readonly validator?: (ports: ValidatorPorts) => ValidatorPorts;
}

/** How a round goes on after its deadline. */
export interface RoundCourse {
  /** Validators that have no part in its end. */
  readonly without?: readonly number[];
  /** The validator whose turn to lead it comes to, `once` that is so. */
  readonly turn?: number;
  readonly once?: Promise<unknown>;
  /** Most of the stake stands behind nothing true: its last block decides, once the others stand behind something. */
  readonly toTheEnd?: boolean;
}

/** What a validator that is not honest does with the manifest that it would sign. */
export type ManifestLie = (manifest: Manifest) => Manifest;

const validatorKeys = (n: number) => (n === 0 ? validator : { hot: testKey(60 + n), cold: testKey(80 + n) });
const RAO = 1_000_000_000;

/**
 * The real round loops of workers and validators in one process: a chain in memory whose blocks the test makes, blobs in a map,
 * announcements as function calls, training by the real engine on a tiny model. No clock, no socket, no sleep.
 */
export async function createSwarm({ outer = {}, stakes = [5], changes = {}, ...options }: SwarmOptions = {}) {
  const { pages, nowMs, quiet, engines: given } = options;
  // Long rounds: every call of a member takes a block.
  const spec: RunSpec = {
    ...smallRun,
    round: { blocks: 40, trainBlocks: 20, leadBlocks: 6 },
    inner: { steps: 6, batchSize: 4, learningRate: 5e-3, warmupSteps: 0 },
    outer: { ...smallRun.outer, ...outer },
    // So small a model on so short windows: many of them, and limits that its noise does not reach.
    evaluation: { sequences: 128, workers: 20 },
    scoring: {
      ...DEFAULT_SCORING,
      ...{ quarantineRounds: 0, maxNegatives: 1000, noiseLimit: 0.05, poisonLimit: 0.1 },
    },
    ...changes,
  };
  const engines = given ?? newEngines(spec);
  const events = new EventEmitter().setMaxListeners(0);
  const memory = createMemoryChain(
    testGenesis({
      ownerHotkey: hotkeyOf(validator.hot),
      ownerColdkey: coldkeyOf(validator.cold),
      tempo: spec.round.blocks,
      blockMs: 60_000, // so long that nobody ever runs out of time
      validators: stakes.map((stake, n) => {
        const { hot, cold } = validatorKeys(n);
        return { hotkey: hotkeyOf(hot), coldkey: coldkeyOf(cold), stakeAlpha: String(stake * RAO) };
      }),
    }),
  );
  let makesBlocks = true;
  // Whoever submits waits for a block: make it at once, so that judging never waits for the test.
  const chain: ChainClient = {
    ...memory,
    async submit(call, signer) {
      const outcome = memory.submit(call, signer);
      if (makesBlocks) await memory.produceBlock();
      if (call.kind === 'set-commitment') events.emit(`stands ${signer.address}`);
      return outcome;
    },
  };
  const blobs = new Map<BlobHash, Uint8Array>(
    spec.data.pages.map(({ hash }, page) => [hash, pages?.[page] ?? pageBytes(page)]),
  );
  const specBytes = encodeRunSpec(spec);
  const run = { id: runIdOf(specBytes), spec };
  const runSpec = putInto(blobs, specBytes);
  /** Of the validators that run, by address; `null`: none is open. */
  const gates = new Map<string, Gather | null>();
  const running = new Set<number>();
  /** Of the first validator. */
  const manifests: ManifestSummary[] = [];
  const addressOf = (hotkey: KeyPair): string => `/memory/${hotkey.address}`;

  const source = (change: (hash: BlobHash, bytes: Uint8Array) => Uint8Array): BlobSource => ({
    get: (hash) => {
      const bytes = blobs.get(hash);
      return bytes === undefined
        ? Promise.reject(new MillraceError('BLOB_MISSING', `No source has blob ${hash}`))
        : Promise.resolve(change(hash, bytes));
    },
  });
  const common = (hotkey: KeyPair, change = (_: BlobHash, bytes: Uint8Array) => bytes) => {
    const own = source(change);
    return {
      ...{ chain, clock: createBlockClock(chain, nowMs), netuid: NETUID, hotkey, blobs: own, updates: inlineCodec },
      ...{ pages: createDataPages(spec, own), address: () => addressOf(hotkey) },
      putBlob: (bytes: Uint8Array) => Promise.resolve(putInto(blobs, bytes)),
    };
  };
  /** Tells of each checkpoint that is made as an event of that name. */
  const keeper = (event: string) =>
    createCheckpointKeeper({
      run,
      store: { put: (bytes) => Promise.resolve(putInto(blobs, bytes)), keep: () => undefined, quotaBytes: Infinity },
      onWritten: (checkpoint) => Promise.resolve(void events.emit(event, checkpoint)),
      warn: (message) => void events.emit('log', message),
      signal: new AbortController().signal,
    });
  const publish = (hotkey: KeyPair, ours: BlobHash | null) =>
    publishCommitment(
      chain,
      NETUID,
      { ...NO_COMMITMENT, address: addressOf(hotkey), runSpec: ours },
      hotkey,
      new AbortController().signal,
    );
  for (const n of stakes.keys()) await publish(validatorKeys(n).hot, n === 0 ? runSpec : null);
  await memory.produceUntil(spec.round.trainBlocks); // too late for round 0: all begin together with round 1

  const enrolled = new Set<number>();
  /** Makes the blocks that take these workers in, two for all of them. */
  const enrol = async (workers: readonly number[]): Promise<void> => {
    const newcomers = workers.filter((n) => !enrolled.has(n));
    if (newcomers.length === 0) return;
    const calls = newcomers.map((n) => ({ n, hotkey: testKey(20 + n), coldkey: testKey(40 + n) }));
    const registered = calls.map(({ hotkey, coldkey }) =>
      memory.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(hotkey) }, coldkey),
    );
    await memory.produceBlock();
    await Promise.all(registered);
    const said = calls.map(({ hotkey }) => {
      const fields = encodeCommitment({ ...NO_COMMITMENT, address: addressOf(hotkey) });
      return memory.submit({ kind: 'set-commitment', netuid: NETUID, fields }, hotkey);
    });
    await memory.produceBlock();
    await Promise.all(said);
    for (const n of newcomers) enrolled.add(n);
  };

  const member = (start: (signal: AbortSignal) => Promise<void>): Pick<SwarmMember, 'done' | 'stop'> => {
    const stopping = new AbortController();
    const done = start(stopping.signal);
    done.catch(() => undefined); // the test looks at it when it wants to
    return { done, stop: () => stopping.abort() };
  };

  return {
    ...{ chain: memory, blobs, run, manifests, events, enrol },
    hotkey: (n: number) => hotkeyOf(testKey(20 + n)),
    validatorHotkey: (n: number) => hotkeyOf(validatorKeys(n).hot),
    /** From now on calls wait for the test's next block. */
    leaveBlocksToTest: () => void (makesBlocks = false),

    /** @param lie what it does to the manifests that it signs */
    async startValidator(
      n = 0,
      lie: ManifestLie = (manifest) => manifest,
      around: Surroundings = {},
    ): Promise<SwarmValidator> {
      const { hot } = validatorKeys(n);
      const address = addressOf(hot);
      const seen: ManifestSummary[] = n === 0 ? manifests : [];
      const log = new EventEmitter();
      const engine = await engines.evaluator();
      const evaluator = quiet?.watching(engine) ?? engine;
      const ports: ValidatorPorts = {
        ...{ ...common(hot), evaluator },
        putBlob: (bytes: Uint8Array) => Promise.resolve(putInto(blobs, lying(bytes, lie, hot))),
        books: { load: () => Promise.resolve(null), save: () => Promise.resolve() },
        commits: { load: () => Promise.resolve([]), save: () => Promise.resolve() },
        newSalt: () => [n],
        openGate: (gather: Gather | null) => {
          gates.set(address, gather);
          events.emit(`gate ${address}`);
        },
        onManifest: (summary: ManifestSummary) => {
          seen.push(summary);
          events.emit(`manifest ${n}`, summary);
        },
        checkpoints: keeper(n === 0 ? 'checkpoint of the validator' : `checkpoint of validator ${n}`),
        onStep: () => Promise.resolve(),
        ...{ tell: (news: ValidatorNews) => void events.emit(`news ${n}`, news), nowMs: () => 0 },
        log: (_: string, message: string) => {
          log.emit('line', message);
          events.emit('log', message);
        },
      };
      gates.set(address, null);
      running.add(n);
      const ended = (): void => {
        running.delete(n);
        gates.delete(address);
        events.emit(`gate ${address}`);
      };
      return {
        manifests: seen,
        logged: (line) =>
          new Promise((resolve) => {
            log.on('line', (text: string) => {
              if (line.test(text)) resolve();
            });
          }),
        ...member((signal) =>
          runValidator(around.validator?.(ports) ?? ports, run, n === 0 ? runSpec : null, signal).finally(ended),
        ),
      };
    },

    async startWorker(
      n: number,
      change?: (hash: BlobHash, bytes: Uint8Array) => Uint8Array,
      around: Surroundings = {},
    ): Promise<SwarmMember> {
      const hotkey = testKey(20 + n);
      await enrol([n]);
      const engine = await engines.trainer();
      const trainer = quiet?.watching(engine) ?? engine;
      const [rounds, activities, warnings]: [WorkerRound[], WorkerActivity[], string[]] = [[], [], []];
      const errors = parameterShapes(spec.model).map(({ shape }) => new Float32Array(elementCount(shape)));
      const buffer = { errors, round: null, sent: null, lost: null };
      const ports: WorkerPorts = {
        ...{ ...common(hotkey, change), trainer, pace: createPace() },
        announce: async (address, bytes) => {
          for (;;) {
            const gate = gates.get(address);
            if (gate === undefined) throw new MillraceError('PEER_UNREACHABLE', 'Nobody listens');
            if (gate !== null) return gate.accept(bytes);
            await once(events, `gate ${address}`);
          }
        },
        errorFile: { save: () => Promise.resolve(), markMerged: () => Promise.resolve() },
        onProgress: ({ phase, round }: { readonly phase: string; readonly round: number }) =>
          void events.emit(`${phase} ${n} ${round}`),
        onActivity: (activity: WorkerActivity) => {
          activities.push(activity);
          events.emit(`activity ${n}`, activity);
        },
        onRound: (round: WorkerRound) => {
          rounds.push(round);
          events.emit(`round ${n} ${round.round}`, round);
        },
        onMissed: () => undefined,
        checkpoints: keeper(`checkpoint ${n}`),
        onStep: () => Promise.resolve(),
        warn: (message: string) => void warnings.push(message),
        nowMs: () => 0,
      };
      return {
        rounds,
        activities,
        warnings,
        ...member((signal) => runWorker(around.worker?.(ports) ?? ports, run, buffer, signal)),
      };
    },

    /** Makes the blocks of the next round; resolves when its verdict has reached these workers, and all validators but `without`. */
    async playRound(workers: readonly number[], course: RoundCourse = {}): Promise<void> {
      const { without = [], turn = 0, toTheEnd = false } = course;
      const timing = spec.round;
      const round = Math.floor(memory.node.tip().head.number / timing.blocks) + 1;
      const announced = Promise.all(workers.map((n) => once(events, `awaiting-manifest ${n} ${round}`)));
      await memory.produceUntil(round * timing.blocks);
      await announced;
      const present = [...running].filter((n) => !without.includes(n));
      const stand = Promise.all(present.map((n) => once(events, `stands ${validatorKeys(n).hot.address}`)));
      const settled = Promise.all([
        ...workers.map((n) => once(events, `round ${n} ${round}`)),
        ...present.map((n) => once(events, `manifest ${n}`)),
      ]);
      await memory.produceUntil(leadBlock(0, round, timing));
      await course.once;
      await memory.produceUntil(leadBlock(turn, round, timing));
      if (toTheEnd) {
        await stand;
        await memory.produceUntil(lastCallBlock(round, timing));
      }
      await settled;
    },

    /** A whole round in which no validator answers, and the training phase of the one after it. */
    async loseRound(workers: readonly number[]): Promise<void> {
      const round = Math.floor(memory.node.tip().head.number / spec.round.blocks) + 1;
      const announced = (number: number) =>
        Promise.all(workers.map((n) => once(events, `awaiting-manifest ${n} ${number}`)));
      const [first, second] = [announced(round), announced(round + 1)];
      await memory.produceUntil(round * spec.round.blocks);
      await first;
      await memory.produceUntil((round + 1) * spec.round.blocks);
      await second;
      await memory.produceUntil((round + 1) * spec.round.blocks + spec.round.trainBlocks);
    },
  };
}

export const newEngines = ({ model: config, inner, evaluation }: Pick<RunSpec, 'model' | 'inner' | 'evaluation'>) => ({
  trainer: () => createTrainer({ config, batchSize: inner.batchSize, threads: 1, provider: 'cpu' }),
  evaluator: () => createEvaluator({ config, batchSize: evaluation.sequences, threads: 1, provider: 'cpu' }),
});

/** The blob as it is, unless it is a manifest about which its signer lies. */
function lying(bytes: Uint8Array, lie: ManifestLie, signer: KeyPair): Uint8Array {
  try {
    return sealManifest(lie(openManifest(bytes).manifest), signer);
  } catch (error) {
    if (error instanceof ProtocolError) return bytes;
    throw error;
  }
}

function putInto(blobs: Map<BlobHash, Uint8Array>, bytes: Uint8Array): BlobHash {
  const hash = blobHash(bytes);
  blobs.set(hash, bytes);
  return hash;
}
