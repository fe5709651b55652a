import { join } from 'node:path';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { UsualStart, WorkState } from '#protocol/contract/state.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { ChildMessage, WorkerActivity, WorkerStart } from '#protocol/worker-messages.ts';
import type { DroppedRounds } from './dropped-rounds.ts';
import type { Log } from './log.ts';
import type { ProcessHost } from './process-host.ts';
import type { Earnings } from './earnings.ts';
import type { AppStore } from './store.ts';
import type { Failure } from './supervision.ts';
import { createSupervisor } from './supervisor.ts';
import { untilReachable } from './until-reachable.ts';
import type { SessionKeys } from './session-keys.ts';
import { failedState, stateOfActivity, stateOfSupervision } from './work-state.ts';

export interface ConnectedChain {
  readonly client: ChainClient;
  /** The preferred one first. */
  readonly endpoints: readonly string[];
}

/** How this machine comes to be a member of the subnet. */
export interface Membership {
  /** What is being done, for the owner. */
  readonly step: string;
  /** From the start to the first round, as a rule; `null`: it depends on others. */
  readonly usualStartMs: number | null;
  /**
   * Why the worker cannot take part; `null` when it can.
   * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED
   */
  readonly problem: (chain: ChainClient, signal: AbortSignal) => Promise<Failure | null>;
}

export interface WorkerManagerOptions {
  readonly home: string;
  readonly netuid: number;
  readonly processes: ProcessHost;
  readonly store: AppStore;
  readonly dropped: Pick<DroppedRounds, 'ofWorker' | 'reset'>;
  /** `null`: without a hotkey nobody works. */
  readonly earnings: Earnings | null;
  /** Asked for when the worker starts. */
  readonly hotkey: SessionKeys['working'];
  readonly threads: () => number;
  /** See PaceMessage. */
  readonly workShare: () => number;
  /** See WorkerStart. */
  readonly blobQuotaBytes: () => number;
  /** See WorkerStart. */
  readonly vramBytes: () => number | undefined;
  /** Resolves when there is a chain to talk to. @throws MillraceError ABORTED */
  readonly chain: (signal: AbortSignal) => Promise<ConnectedChain>;
  readonly membership: Membership;
  /** See WorkerStart. */
  readonly listenAddress: string;
  readonly expectsRun: boolean;
  /** The devnet's other members share this machine: they work and rest with its owner's worker. */
  readonly members: { start(chain: ChainClient): void; stop(): Promise<void> };
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Duty in its first form: it runs when the owner says so, and pauses when the owner says so. */
export interface WorkerManager {
  /** Begins to earn; how it goes is in the state. Does nothing when it has begun. */
  start(): void;
  /** Resolves when nothing trains any more, at the latest after `PAUSE_LIMIT_MS`. */
  pause(): Promise<void>;
  /** Something that it cannot do without has failed for good: it ends and says why. */
  fail(failure: Failure): void;
  /** With new settings; only when it runs. */
  restart(): Promise<void>;
  /** Passes a new work share on; what is trained goes on. */
  changePace(): void;
  /** Resolves when the process has ended. */
  stop(): Promise<void>;
}

/** A worker that has not ended by then is killed: the owner's game comes first. */
const PAUSE_LIMIT_MS = 250;
/** Nobody waits for the machine when the worker has given up by itself. */
const STOP_GRACE_MS = 2_000;

export function createWorkerManager(options: WorkerManagerOptions): WorkerManager {
  const { store, netuid, nowMs, log } = options;
  let active: AbortController | null = null;
  /** Which chain, as the worker's start message says it. */
  let onChain: Pick<WorkerStart, 'chainUrl' | 'chainFallbackUrls' | 'genesisHash'> = { chainUrl: '' };
  let ending: Promise<void> = Promise.resolve();

  /** All steps of a start are one. */
  const usualStart = (before: WorkState): UsualStart | undefined => {
    const { usualStartMs } = options.membership;
    if (usualStartMs === null) return undefined;
    return (before.kind === 'starting' ? before.usual : undefined) ?? { sinceMs: nowMs(), durationMs: usualStartMs };
  };

  const show = (work: WorkState): void =>
    store.update((draft) => {
      draft.work = work.kind === 'starting' ? { ...work, usual: usualStart(draft.work) } : work;
      if (work.kind !== 'training' && work.kind !== 'waiting') draft.progress = null;
    });

  /** The owner may have pressed start again in the meantime. */
  const isIdle = (): boolean => active === null;

  const supervisor = createSupervisor({
    processes: options.processes,
    entry: 'worker',
    name: 'worker',
    nowMs,
    log,
    firstMessage: () => ({
      kind: 'start-worker',
      ...onChain,
      netuid,
      dataDir: join(options.home, 'worker'),
      hotkeySeedHex: options.hotkey().seedHex,
      threads: options.threads(),
      workShare: options.workShare(),
      blobQuotaBytes: options.blobQuotaBytes(),
      vramBytes: options.vramBytes(),
      listenAddress: options.listenAddress,
      expectsRun: options.expectsRun,
    }),
    onMessage,
    onChange: (state) => {
      if (active !== null) show(stateOfSupervision(state));
      if (state.kind === 'failed') giveUp();
    },
  });

  function onMessage(message: ChildMessage): void {
    if (message.kind === 'worker-state') onActivity(message.state);
    options.dropped.ofWorker(message);
    if (message.kind === 'round') options.earnings?.recordRound(message.round);
    if (message.kind === 'progress' && active !== null) {
      const { peers, ...progress } = message.progress;
      store.update((draft) => {
        draft.progress = progress;
        draft.network.peers = peers;
      });
    }
  }

  function onActivity(activity: WorkerActivity): void {
    if (active !== null) show(stateOfActivity(activity));
    if (activity.kind === 'diverged') giveUp();
  }

  /** The state says why; what still runs is ended, and the owner may start anew. */
  function giveUp(): void {
    active?.abort();
    active = null;
    options.dropped.reset();
    end(Promise.all([supervisor.stop(STOP_GRACE_MS), options.members.stop()]));
  }

  /** The next start waits for it. */
  function end(work: Promise<unknown>): void {
    ending = Promise.all([ending, work]).then(() => undefined);
  }

  async function bringUp(signal: AbortSignal): Promise<void> {
    show({ kind: 'starting', step: 'Connecting to the chain' });
    await ending;
    const { client, endpoints } = await options.chain(signal);
    show({ kind: 'starting', step: options.membership.step });
    const waiting = { signal, log };
    const { genesisHash } = await untilReachable(() => client.info(signal), waiting);
    const problem = await untilReachable(() => options.membership.problem(client, signal), waiting);
    if (signal.aborted) return;
    if (problem !== null) {
      show(failedState(problem));
      giveUp();
      return;
    }
    const [chainUrl = '', ...chainFallbackUrls] = endpoints;
    onChain = { chainUrl, chainFallbackUrls, genesisHash };
    store.update((draft) => void (draft.wallet.registered = true));
    options.members.start(client);
    supervisor.start();
  }

  function start(): void {
    if (active !== null) return;
    const controller = new AbortController();
    active = controller;
    void bringUp(controller.signal).catch((error: unknown) => {
      if (active !== controller || errorCode(error) === 'ABORTED') return;
      show(failedState({ code: errorCode(error) ?? 'WORKER_FAILED', message: errorMessage(error) }));
      giveUp();
    });
  }

  async function pause(): Promise<void> {
    active?.abort();
    active = null;
    options.dropped.reset();
    if (store.get().work.kind === 'stopped') return;
    show({ kind: 'pausing' });
    // The process ends: only that gives memory really back. The devnet's members follow in their own time.
    const quiet = supervisor.stop(PAUSE_LIMIT_MS);
    end(Promise.all([quiet, options.members.stop()]));
    await quiet;
    if (isIdle()) show({ kind: 'stopped' });
    store.update((draft) => void (draft.network.peers = 0));
  }

  return {
    start,
    pause,
    fail: (failure) => {
      show(failedState(failure));
      giveUp();
    },
    restart: async () => {
      if (active === null) return;
      await pause();
      start();
    },
    changePace: () => supervisor.send({ kind: 'pace', share: options.workShare() }),
    stop: async () => {
      await pause();
      await ending;
    },
  };
}
