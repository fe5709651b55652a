import { assertNever } from '#protocol/assert-never.ts';
import type { WorkerRating } from '#protocol/validator-news.ts';
import type { ChildMessage, SettledManifest, WorkerActivity, WorkerRound } from '#protocol/worker-messages.ts';
import type { Supervision } from '#main/core/supervision.ts';
import { afterNews } from './validator-after-news.ts';

/** How one supervised process does: what `millrace status` shows of it. Plain JSON. */
export type MemberStatus = WorkerStatus | ValidatorStatus;

interface CommonStatus {
  /** Of the process, e.g. `companion-1`. */
  readonly name: string;
  readonly state: 'starting' | 'running' | 'restarting' | 'failed' | 'stopped';
  /** What it waits for, or why it does not run. */
  readonly detail: string | null;
  readonly restarts: number;
  /** The round under way, or the newest. */
  readonly round: number | null;
  readonly peers: number | null;
}

export interface WorkerStatus extends CommonStatus {
  readonly kind: 'worker';
  readonly phase: string | null;
  readonly step: number | null;
  readonly steps: number | null;
  readonly loss: number | null;
  readonly tokensPerSecond: number | null;
  /** Newest last. */
  readonly rounds: readonly WorkerRound[];
}

export interface ValidatorStatus extends CommonStatus {
  readonly kind: 'validator';
  readonly phase: 'gathering' | 'deciding' | 'settled' | 'dropped' | null;
  /** Outer steps behind the state that the round starts from. */
  readonly step: number | null;
  /** Place by stake, from 0. */
  readonly rank: number | null;
  readonly validators: number | null;
  /** Updates accepted and announcements refused in the round. */
  readonly gathered: number;
  readonly refused: number;
  /** Rounds settled since this process was started. */
  readonly settled: number;
  /** Newest last. */
  readonly manifests: readonly SettledManifest[];
  readonly ratedRound: number | null;
  readonly ratings: readonly WorkerRating[];
}

/** Rounds and manifests that are kept. */
const KEPT = 10;

export function newMember(kind: MemberStatus['kind'], name: string): MemberStatus {
  const common = {
    ...({ name, state: 'starting', detail: null, restarts: 0, round: null, peers: null, phase: null } as const),
    step: null,
  };
  return kind === 'worker'
    ? { kind, ...common, steps: null, loss: null, tokensPerSecond: null, rounds: [] }
    : {
        ...{ kind, ...common, rank: null, validators: null, gathered: 0, refused: 0, settled: 0 },
        ...{ manifests: [], ratedRound: null, ratings: [] },
      };
}

/** The status after the process has said something. */
export function afterMessage(status: MemberStatus, message: ChildMessage): MemberStatus {
  switch (message.kind) {
    case 'ready':
      return { ...status, state: 'running', detail: null };
    case 'failed':
      return { ...status, detail: message.message };
    case 'log':
    case 'missed':
      return status;
    case 'worker-state':
      return status.kind === 'worker' ? { ...status, ...ofActivity(message.state) } : status;
    case 'progress': {
      const { round, phase, step, steps, loss, tokensPerSecond, peers } = message.progress;
      const measured = { loss: loss ?? lossOf(status), tokensPerSecond: tokensPerSecond ?? speedOf(status) };
      return status.kind === 'worker'
        ? { ...status, ...{ round, phase, step, steps, peers, detail: null }, ...measured }
        : status;
    }
    case 'round':
      return status.kind === 'worker' ? { ...status, rounds: kept(status.rounds, message.round) } : status;
    case 'manifest':
      return status.kind === 'validator'
        ? {
            ...{ ...status, phase: 'settled', settled: status.settled + 1 },
            manifests: kept(status.manifests, message.manifest),
          }
        : status;
    case 'validator':
      return status.kind === 'validator' ? afterNews(status, message.news) : status;
    case 'vitals':
      return { ...status, peers: message.vitals.peers };
    default:
      return assertNever(message, 'message of a child');
  }
}

/** The status after the process itself was started, has crashed, was given up. */
export function afterSupervision(status: MemberStatus, supervision: Supervision): MemberStatus {
  switch (supervision.kind) {
    case 'stopped':
      return { ...status, state: 'stopped' };
    case 'running':
      return { ...status, state: 'starting' };
    case 'restarting':
      return { ...status, state: 'restarting', detail: supervision.reason, restarts: status.restarts + 1 };
    case 'failed':
      return { ...status, state: 'failed', detail: supervision.failure.message };
    default:
      return assertNever(supervision, 'supervision');
  }
}

function ofActivity(activity: WorkerActivity): Pick<WorkerStatus, 'phase' | 'detail'> {
  const detail = 'detail' in activity ? activity.detail : null;
  if (activity.kind !== 'diverged') return { phase: activity.kind, detail };
  return { phase: activity.kind, detail: `its model differs from the network’s after round ${activity.round}` };
}

const lossOf = (status: MemberStatus): number | null => (status.kind === 'worker' ? status.loss : null);
const speedOf = (status: MemberStatus): number | null => (status.kind === 'worker' ? status.tokensPerSecond : null);

/** A round that is told again replaces what was told before. */
const kept = <Item extends { readonly round: number }>(items: readonly Item[], next: Item): readonly Item[] =>
  [...items.filter(({ round }) => round !== next.round), next].slice(-KEPT);
