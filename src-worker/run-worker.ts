import { join } from 'node:path';
import type { MillraceCommitment } from '#protocol/chain/chain-client.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import { fromHex } from '#protocol/bytes.ts';
import { errorCode, MillraceError } from '#protocol/errors.ts';
import { blobHash } from '#protocol/hash.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { encodeRunSpec } from '#protocol/run-spec.ts';
import type {
  ChildMessage,
  MissedRound,
  WorkerActivity,
  WorkerProgress,
  WorkerRound,
  WorkerStart,
} from '#protocol/worker-messages.ts';
import { availableMemory } from './engine/available-memory.ts';
import { withFallback } from './engine/fallback-trainer.ts';
import { fitMemory, type MemoryFit } from './engine/fit-memory.ts';
import { createPace, type Pace } from './engine/pace.ts';
import { createProviderTrainer } from './engine/provider-trainer.ts';
import { selectProvider } from './engine/select-provider.ts';
import { createTrainer, type Trainer } from './engine/trainer.ts';
import { announce } from './peer/announce.ts';
import type { FollowShare } from './process/hear-pace.ts';
import { loadErrorBuffer, openErrorFile } from './round/error-buffer.ts';
import { runWorker } from './round/worker-loop.ts';
import { createCheckpointKeeper } from './checkpoint/checkpoint-keeper.ts';
import { bytesBesideTrainer } from './run/beside-trainer.ts';
import { keepAddressCommitted } from './run/committed-address.ts';
import { createDataPages } from './run/data-pages.ts';
import { quotaProblem } from './run/disk-need.ts';
import { checkpointStore, keepBlobs } from './run/kept-blobs.ts';
import { type RunNode, startRunNode } from './run/node.ts';
import { openRun, type Run } from './run/open-run.ts';
import { publishCommitment } from './run/publish-commitment.ts';
import { readRoster } from './run/roster.ts';
import { tellVitals } from './run/tell-vitals.ts';
import { openUpdateCodec } from './update/open-codec.ts';

/**
 * A worker process: joins the subnet's run and trains until `signal` aborts. Says `ready` once the run is open.
 * @param availableBytes asks how much main memory this process can still take
 * @param followShare tells what the parent says about the pace after the start
 * @throws MillraceError SHARD_TOO_LARGE, and whatever ends the worker
 */
export async function startWorker(
  config: WorkerStart,
  send: (message: ChildMessage) => void,
  signal: AbortSignal,
  availableBytes: () => number = availableMemory,
  followShare: FollowShare = () => undefined,
): Promise<void> {
  const hotkey = keyPairFromSeed(fromHex(config.hotkeySeedHex));
  const warn = (message: string): void => send({ kind: 'log', level: 'warning', message });
  send({ kind: 'worker-state', state: { kind: 'connecting' } });
  const node = await startRunNode({ ...config, hotkey, warn });
  const endVitals = tellVitals(node, send);
  try {
    const run = await joinRun(node, config, signal, send);
    // Before anything of the model's size is made, and before others count on this worker.
    const memory = fitMemory(
      {
        ...{ config: run.spec.model, batchSize: run.spec.inner.batchSize },
        besideBytes: bytesBesideTrainer(run.spec, config.threads),
      },
      {
        ...{ availableBytes: availableBytes(), residentBytes: process.memoryUsage.rss() },
        vramBytes: config.vramBytes ?? null,
      },
    );
    node.store.pin('run', lastingBlobs(run));
    const tooLittleDisk = quotaProblem(run.spec, node.store.quotaBytes);
    if (tooLittleDisk !== null) warn(tooLittleDisk);
    let said: MillraceCommitment['checkpoint'] = null;
    const commit = async (checkpoint: MillraceCommitment['checkpoint']): Promise<void> => {
      said = checkpoint;
      const commitment = { ...NO_COMMITMENT, address: node.address(), checkpoint };
      await publishCommitment(node.chain, config.netuid, commitment, hotkey, signal);
    };
    const committed = node.address();
    await commit(null);
    keepAddressCommitted({ peer: node.peer, clock: node.clock, committed, commit: () => commit(said), warn }, signal);
    const log = (message: string): void => send({ kind: 'log', level: 'info', message });
    const pace = createPace();
    pace.throttle(config.workShare ?? 1);
    followShare(pace.throttle);
    const trainer = await openTrainer(run, memory, config, pace, log, signal);
    const updates = openUpdateCodec(run.spec, config.threads);
    send({ kind: 'ready', url: null });

    const errorPath = join(config.dataDir, 'error-buffer.bin');
    const checkpoints = createCheckpointKeeper({
      ...{ run, warn, signal },
      store: checkpointStore(node),
      onWritten: commit,
    });
    const progress = (part: Omit<WorkerProgress, 'peers'>): void =>
      send({ kind: 'progress', progress: { ...part, peers: node.peer.peerCount() } });
    try {
      const ports = {
        ...{ chain: node.chain, clock: node.clock, netuid: config.netuid, hotkey },
        ...{ trainer, pace, updates, blobs: node.blobs, warn },
        pages: createDataPages(run.spec, node.blobs),
        address: node.address,
        putBlob: async (bytes: Uint8Array) => {
          const hash = await node.keep(bytes);
          node.store.pin('own update', [hash]); // until the next one: it may have to go back
          return hash;
        },
        announce: (address: string, bytes: Uint8Array, announceSignal: AbortSignal) =>
          announce({ peer: node.peer, address, bytes, signal: announceSignal }),
        errorFile: openErrorFile(errorPath, run.id),
        onProgress: progress,
        onActivity: onChange((state: WorkerActivity) => send({ kind: 'worker-state', state })),
        onRound: (round: WorkerRound) => send({ kind: 'round', round }),
        onMissed: (missed: MissedRound) => send({ kind: 'missed', missed }),
        checkpoints,
        onStep: keepBlobs(run, node, warn),
        nowMs: () => performance.now(),
      };
      const buffer = await loadErrorBuffer(errorPath, run);
      if (buffer.sent !== null) node.store.pin('own update', [buffer.sent.blob]);
      await runWorker(ports, run, buffer, signal);
    } finally {
      await checkpoints.stop();
      await updates.dispose();
      await trainer.dispose();
    }
  } finally {
    endVitals();
    await node.stop();
  }
}

/**
 * Waits until the subnet knows this hotkey and its owner has published a run that can be fetched.
 * @throws MillraceError NO_RUN where a run has to be there already
 */
async function joinRun(
  node: RunNode,
  config: WorkerStart,
  signal: AbortSignal,
  send: (message: ChildMessage) => void,
): Promise<Run> {
  const own = hotkeyOf(keyPairFromSeed(fromHex(config.hotkeySeedHex)));
  let isAwaited = false;
  for (let seen = -1; ;) {
    seen = (await node.clock.waitFor(seen + 1, signal)).number;
    try {
      const roster = await readRoster(node.chain, config.netuid, signal);
      if (!roster.members.some(({ neuron }) => neuron.hotkey === own)) {
        throw new MillraceError('CHAIN_REFUSED', `The hotkey ${own} is not registered in subnet ${config.netuid} yet`);
      }
      if (roster.runSpec === null) {
        if (config.expectsRun === true) throw noRun(config.netuid);
        if (!isAwaited) send({ kind: 'worker-state', state: { kind: 'awaiting-run' } });
        isAwaited = true;
        continue;
      }
      return await openRun(roster, node.blobs, own, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (errorCode(error) === 'NO_RUN') throw error;
      const detail = error instanceof MillraceError ? error.message : 'The run could not be opened';
      send({ kind: 'worker-state', state: { kind: 'waiting', detail } });
      if (!(error instanceof MillraceError)) throw error;
    }
  }
}

const noRun = (netuid: number): MillraceError =>
  new MillraceError(
    'NO_RUN',
    `Subnet ${netuid} has nothing to train yet: its owner has published no run (model, text and rules of a training) that this Millrace knows`,
  );

/** Passes a value on only when it differs from the one before: the loop says where it stands at every block. */
function onChange<Value>(listener: (value: Value) => void): (value: Value) => void {
  let last = '';
  return (value) => {
    const text = JSON.stringify(value);
    if (text === last) return;
    last = text;
    listener(value);
  };
}

/** Never thrown away: the specification, which newcomers ask for, and the text. */
const lastingBlobs = (run: Run): ReadonlySet<BlobHash> =>
  new Set([blobHash(encodeRunSpec(run.spec)), ...run.spec.data.pages.map(({ hash }) => hash)]);

/** A trainer on the fastest device that computes right, with the CPU to go on when that is lost. */
async function openTrainer(
  run: Run,
  { onCpu, onCard }: MemoryFit,
  { dataDir, threads, cpuOnly }: WorkerStart,
  pace: Pace,
  log: (message: string) => void,
  signal: AbortSignal,
): Promise<Trainer> {
  const options = { config: run.spec.model, batchSize: run.spec.inner.batchSize, threads, pace };
  const createOnCpu = (): Promise<Trainer> => {
    if (onCpu.saved !== null) log(onCpu.saved);
    return createTrainer({ ...options, ...onCpu, provider: 'cpu' });
  };
  if (cpuOnly === true) return createOnCpu();
  if (onCard.kind === 'short') {
    log(`The CPU trains: ${onCard.why}`);
    return createOnCpu();
  }
  const { fit } = onCard;
  const chosen = { ...options, ...fit };
  const { provider, stepsPerRun, reason } = await selectProvider(chosen, join(dataDir, 'provider.json'), signal);
  log(reason);
  if (provider === 'cpu') return createOnCpu();
  if (fit.saved !== null) log(fit.saved);
  return withFallback(await createProviderTrainer({ ...chosen, provider, stepsPerRun }), createOnCpu);
}
