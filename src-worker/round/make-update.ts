import type { BlobHash } from '#protocol/ids.ts';
import { hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { deadlineBlock, firstBlock } from '#protocol/round/clock.ts';
import { encodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { ONLY_SHARD, tokensPerStep } from '#protocol/update/update-header.ts';
import type { MissedRound, WorkerProgress } from '#protocol/worker-messages.ts';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { Pace } from '../engine/pace.ts';
import type { Trainer } from '../engine/trainer.ts';
import type { BlockClock } from '../run/block-clock.ts';
import type { DataPages } from '../run/data-pages.ts';
import type { Run } from '../run/open-run.ts';
import type { ReplicaState } from '../run/replica.ts';
import { type Roster, sourcesOf } from '../run/roster.ts';
import type { UpdateCodec } from '../update/update-codec.ts';
import type { BufferRound, SentUpdate } from './error-buffer-header.ts';
import { fitsAnotherStep, plannedOverheadMs, trainingLeftMs, type TimeLeft } from './time-budget.ts';
import { watchTime } from './time-up.ts';
import { trainRound } from './train-round.ts';

/** The error buffer on disk: see error-buffer.ts. */
interface ErrorFile {
  readonly save: (errors: readonly Float32Array[], belongsTo: BufferRound) => Promise<void>;
  readonly markMerged: (blob: BlobHash) => Promise<void>;
}

/** What a round needs of its surroundings. */
export interface RoundPorts {
  readonly chain: ChainClient;
  readonly clock: BlockClock;
  readonly hotkey: KeyPair;
  readonly trainer: Trainer;
  /** The trainer's. */
  readonly pace: Pick<Pace, 'share' | 'restedMs'>;
  readonly pages: DataPages;
  readonly updates: UpdateCodec;
  /** Own multiaddr, from which others fetch the update. */
  readonly address: () => string;
  readonly putBlob: (bytes: Uint8Array) => Promise<BlobHash>;
  readonly announce: (address: string, bytes: Uint8Array, signal: AbortSignal) => Promise<AnnounceReply>;
  readonly errorFile: ErrorFile;
  readonly onProgress: (progress: Omit<WorkerProgress, 'peers'>) => void;
  readonly onMissed: (missed: MissedRound) => void;
  readonly warn: (message: string) => void;
  readonly nowMs: () => number;
}

/** An update that is stored here and that nobody knows of yet. */
export interface MadeUpdate {
  readonly sent: SentUpdate;
  readonly parts: readonly Uint8Array[];
  /** When the last inner step was done, by `nowMs`. */
  readonly trainedAtMs: number;
}

/**
 * The first half of a worker's round: train on the assigned data, compress and store. Changes `errors` (the error buffer).
 * @param overheadMs how long everything after the last inner step took in the round before
 * `null` when there was no time for a single inner step, or training went wrong.
 */
export async function makeUpdate(
  ports: RoundPorts,
  run: Run,
  state: ReplicaState,
  round: number,
  roster: Roster,
  errors: readonly Float32Array[],
  overheadMs: number,
  signal: AbortSignal,
): Promise<MadeUpdate | null> {
  const hotkey = hotkeyOf(ports.hotkey);
  const sources = sourcesOf(roster, hotkey);
  const first = await ports.chain.block(firstBlock(round, run.spec.round), signal);
  if (first === null) return null;
  const steps = run.spec.inner.steps;
  const { blockMs } = await ports.chain.info(signal);
  const deadline = deadlineBlock(round, run.spec.round);
  const progress = { round, steps };
  let gradientNorm: number | null = null;

  const timeLeft = (): TimeLeft => {
    const blocksLeft = deadline - (ports.clock.current()?.number ?? 0);
    return { blocksLeft, blockMs, sinceBlockMs: ports.clock.sinceBlockMs() };
  };
  const keptMs = plannedOverheadMs(overheadMs, run.spec.round.trainBlocks * blockMs);
  const timeUp = watchTime(() => trainingLeftMs(timeLeft(), keptMs));
  const trained = await trainRound({
    ...{ run, round, hotkey, state, sources, signal, timeUp: timeUp.signal },
    ...{ trainer: ports.trainer, pace: ports.pace, pages: ports.pages, nowMs: ports.nowMs, blockHash: first.hash },
    hasTime: (slowestStepMs) => fitsAnotherStep(timeLeft(), slowestStepMs, keptMs),
    onStep: (step, loss, tokensPerSecond, norm) => {
      gradientNorm = norm;
      ports.onProgress({ ...progress, phase: 'training', step, loss, tokensPerSecond, gradientNorm });
    },
  }).finally(timeUp.end);
  if (trained.kind === 'failed') {
    ports.trainer.resetOptimizer();
    ports.warn(`Round ${round} is given up: ${trained.diagnosis}`);
  }
  if (trained.kind === 'no-time') {
    const share = ports.pace.share();
    const throttled = share < 1 ? ` at a work share of ${Math.round(100 * share)} %` : '';
    const { blocks, trainBlocks } = run.spec.round;
    const { stepMs } = trained;
    const tried = stepMs > 0 ? `; the first was given up after ${(stepMs / 1000).toFixed(1)} s` : '';
    ports.warn(`Round ${round}: no inner step was done in time${throttled}${tried}`);
    ports.onMissed({ round, roundMs: blocks * blockMs, trainMs: trainBlocks * blockMs, stepMs });
  }
  if (trained.kind !== 'trained') return null;
  const { innerSteps, loss, tokensPerSecond } = trained;
  const finished = { ...progress, step: innerSteps, loss, tokensPerSecond, gradientNorm };

  const trainedAtMs = ports.nowMs();
  ports.onProgress({ ...finished, phase: 'compressing' });
  const parts = await ports.updates.encode(run.spec.update, trained.differences, errors);
  const target = { run: run.id, round, shard: ONLY_SHARD, baseRoot: state.root, maker: hotkey };
  const bytes = encodeUpdateBlob({ ...target, tokens: innerSteps * tokensPerStep(run.spec) }, parts);
  const measured = { round, baseRoot: state.root, updateBytes: bytes.length };
  let sent: SentUpdate;
  try {
    const blob = await ports.putBlob(bytes);
    sent = { ...measured, blob, loss, tokensPerSecond, gradientNorm, innerSteps };
    await ports.errorFile.save(errors, { round, sent });
  } catch (error) {
    // A full disk must not cost what was learned, nor must a stop after it.
    await ports.updates.giveBack(run.spec.update, parts, errors);
    await ports.errorFile.save(errors, { round, sent: null }).catch(() => undefined); // `error` says what is wrong
    throw error;
  }

  return { sent, parts, trainedAtMs };
}
