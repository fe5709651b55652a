import { EventEmitter, once } from 'node:events';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { elementCount, parameterShapes } from '#protocol/model-shape.ts';
import { encodeRunSpec, type RunSpec, runIdOf } from '#protocol/run-spec.ts';
import type { ManifestSummary, WorkerActivity, WorkerRound } from '#protocol/worker-messages.ts';
import type { Gather } from '#network/validator/gather.ts';
import { runValidator } from '#network/validator/validator-loop.ts';
import { createCheckpointKeeper } from '#worker/checkpoint/checkpoint-keeper.ts';
import { createEvaluator } from '#worker/engine/evaluator.ts';
import { createPace } from '#worker/engine/pace.ts';
import { createTrainer } from '#worker/engine/trainer.ts';
import { runWorker } from '#worker/round/worker-loop.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import { createBlockClock } from '#worker/run/block-clock.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { publishCommitment } from '#worker/run/publish-commitment.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { MillraceError } from '#protocol/errors.ts';
import { NETUID, testGenesis, testKey, validator } from './chain-fixtures.ts';
import { createMemoryChain } from './memory-chain.ts';
import { inlineCodec } from './inline-codec.ts';
import { pageBytes, smallRun } from './small-run.ts';

export interface SwarmMember {
  readonly rounds: WorkerRound[];
  readonly activities: WorkerActivity[];
  readonly warnings: string[];
  /** Resolves when the member has ended; rejects with what ended it. */
  readonly done: Promise<void>;
  stop(): void;
}

/**
 * The real round loops of workers and a validator in one process: a chain in memory whose blocks the test makes, blobs in a map,
 * announcements as function calls, training by the real engine on a tiny model. No clock, no socket, no sleep.
 * @param outer what the run's outer step has other than `smallRun`'s
 */
export async function createSwarm(outer: Partial<RunSpec['outer']> = {}) {
  // Long rounds: every call of a member takes a block.
  const spec: RunSpec = {
    ...smallRun,
    round: { blocks: 40, trainBlocks: 20, leadBlocks: 6 },
    inner: { steps: 6, batchSize: 4, learningRate: 5e-3, warmupSteps: 0 },
    outer: { ...smallRun.outer, ...outer },
    evaluation: { sequences: 8, workers: 20 },
  };
  const events = new EventEmitter().setMaxListeners(0);
  const memory = createMemoryChain(
    testGenesis({
      ownerHotkey: hotkeyOf(validator.hot),
      ownerColdkey: coldkeyOf(validator.cold),
      tempo: spec.round.blocks,
      blockMs: 60_000, // so long that nobody ever runs out of time
      validators: [{ hotkey: hotkeyOf(validator.hot), coldkey: coldkeyOf(validator.cold), stakeRao: '5000000000' }],
    }),
  );
  // Whoever submits waits for a block: make it at once, so that judging never waits for the test.
  const chain: ChainClient = {
    ...memory,
    async submit(call, signer) {
      const outcome = memory.submit(call, signer);
      await memory.produceBlock();
      return outcome;
    },
  };
  const blobs = new Map<BlobHash, Uint8Array>(spec.data.pages.map(({ hash }, page) => [hash, pageBytes(page)]));
  const specBytes = encodeRunSpec(spec);
  const run = { id: runIdOf(specBytes), spec };
  const runSpec = putInto(blobs, specBytes);
  let gate: Gather | null = null;
  let validating = false;
  const manifests: ManifestSummary[] = [];

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
      ...{ chain, clock: createBlockClock(chain), netuid: NETUID, hotkey, blobs: own, updates: inlineCodec },
      ...{ pages: createDataPages(spec, own), address: () => `/memory/${hotkey.address}` },
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
      { ...NO_COMMITMENT, address: '/memory/', runSpec: ours },
      hotkey,
      new AbortController().signal,
    );
  await publish(validator.hot, runSpec);
  await memory.produceUntil(spec.round.trainBlocks); // too late for round 0: all begin together with round 1

  const member = (start: (signal: AbortSignal) => Promise<void>): Pick<SwarmMember, 'done' | 'stop'> => {
    const stopping = new AbortController();
    const done = start(stopping.signal);
    done.catch(() => undefined); // the test looks at it when it wants to
    return { done, stop: () => stopping.abort() };
  };

  return {
    ...{ chain: memory, blobs, run, manifests, events },

    async startValidator(): Promise<Pick<SwarmMember, 'done' | 'stop'>> {
      const evaluator = await createEvaluator({
        config: spec.model,
        batchSize: spec.evaluation.sequences,
        threads: 1,
        provider: 'cpu',
      });
      const ports = {
        ...{ ...common(validator.hot), evaluator },
        openGate: (gather: Gather | null) => {
          gate = gather;
          events.emit('gate', gather !== null);
        },
        onManifest: (summary: ManifestSummary) => {
          manifests.push(summary);
          events.emit('manifest', summary);
        },
        checkpoints: keeper('checkpoint of the validator'),
        onStep: () => Promise.resolve(),
        log: (_: string, message: string) => void events.emit('log', message),
      };
      validating = true;
      return member((signal) => runValidator(ports, run, runSpec, signal).finally(() => (validating = false)));
    },

    async startWorker(n: number, change?: (hash: BlobHash, bytes: Uint8Array) => Uint8Array): Promise<SwarmMember> {
      const hotkey = testKey(20 + n);
      await chain.submit({ kind: 'register', netuid: NETUID, hotkey: hotkeyOf(hotkey) }, testKey(40 + n));
      await publish(hotkey, null);
      const trainer = await createTrainer({
        config: spec.model,
        batchSize: spec.inner.batchSize,
        threads: 1,
        provider: 'cpu',
      });
      const [rounds, activities, warnings]: [WorkerRound[], WorkerActivity[], string[]] = [[], [], []];
      const errors = parameterShapes(spec.model).map(({ shape }) => new Float32Array(elementCount(shape)));
      const buffer = { errors, round: null, sent: null, lost: null };
      const ports = {
        ...{ ...common(hotkey, change), trainer, pace: createPace() },
        announce: async (_: string, bytes: Uint8Array) => {
          if (!validating) throw new MillraceError('PEER_UNREACHABLE', 'Nobody listens');
          while (gate === null) await once(events, 'gate');
          return gate.accept(bytes);
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
        checkpoints: keeper(`checkpoint ${n}`),
        onStep: () => Promise.resolve(),
        warn: (message: string) => void warnings.push(message),
        nowMs: () => 0,
      };
      return { rounds, activities, warnings, ...member((signal) => runWorker(ports, run, buffer, signal)) };
    },

    /** Makes the blocks of the next round; resolves when its verdict has reached these workers. */
    async playRound(workers: readonly number[]): Promise<void> {
      const timing = spec.round;
      const round = Math.floor(memory.node.tip().head.number / timing.blocks) + 1;
      const announced = Promise.all(workers.map((n) => once(events, `awaiting-manifest ${n} ${round}`)));
      await memory.produceUntil(round * timing.blocks);
      await announced;
      const settled = Promise.all([
        ...workers.map((n) => once(events, `round ${n} ${round}`)),
        ...(validating ? [once(events, 'manifest')] : []),
      ]);
      await memory.produceUntil(round * timing.blocks + timing.trainBlocks);
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

function putInto(blobs: Map<BlobHash, Uint8Array>, bytes: Uint8Array): BlobHash {
  const hash = blobHash(bytes);
  blobs.set(hash, bytes);
  return hash;
}
