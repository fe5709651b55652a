import { assertNever } from '#protocol/assert-never.ts';

/** Why a process ended, in its own words when it found some. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** What is known about a supervised process. `attempt` counts the crashes in a row. */
export type Supervision =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'running'; readonly sinceMs: number; readonly attempt: number }
  | {
      readonly kind: 'restarting';
      readonly attempt: number;
      readonly reason: string;
      readonly retryAtMs: number;
    }
  | { readonly kind: 'failed'; readonly failure: Failure };

export type SupervisionEvent =
  | { readonly kind: 'start' }
  | { readonly kind: 'exited'; readonly failure: Failure; readonly wasReady: boolean }
  | { readonly kind: 'retry' }
  | { readonly kind: 'stop' };

const FIRST_RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
/** A process that ran this long was sound: the next crash counts as the first. */
const HEALTHY_AFTER_MS = 60_000;

/**
 * Failures that a restart cannot mend and might make worse. Not among them: PORT_IN_USE, because a crashed chain's port is free
 * again in a while, and PROTOCOL, because a worker gets that from what its peers say. For SHARD_TOO_LARGE the owner has to close
 * something first, and then knows when to try again better than a timer; for NO_RUN somebody else has to do something.
 */
const PERMANENT_CODES: ReadonlySet<string> = new Set(['DIVERGED', 'USAGE', 'SHARD_TOO_LARGE', 'NO_RUN']);
/** A database that does not open is damaged; one that was open and cannot be written may have a full disk, which gets room. */
const PERMANENT_AT_START: ReadonlySet<string> = new Set(['DATABASE']);

/** The decision; supervisor.ts performs it. An event that does not fit the state changes nothing. */
export function superviseNext(
  state: Supervision,
  event: SupervisionEvent,
  { nowMs }: { readonly nowMs: number },
): Supervision {
  switch (event.kind) {
    case 'start':
      return state.kind === 'stopped' || state.kind === 'failed'
        ? { kind: 'running', sinceMs: nowMs, attempt: 0 }
        : state;
    case 'retry':
      return state.kind === 'restarting' ? { kind: 'running', sinceMs: nowMs, attempt: state.attempt } : state;
    case 'stop':
      return { kind: 'stopped' };
    case 'exited':
      return state.kind === 'running' ? afterExit(state, event, nowMs) : state;
    default:
      return assertNever(event, 'supervision event');
  }
}

function afterExit(
  state: Extract<Supervision, { readonly kind: 'running' }>,
  { failure, wasReady }: Extract<SupervisionEvent, { readonly kind: 'exited' }>,
  nowMs: number,
): Supervision {
  const isPermanent = PERMANENT_CODES.has(failure.code) || (!wasReady && PERMANENT_AT_START.has(failure.code));
  if (isPermanent) return { kind: 'failed', failure };
  const attempt = nowMs - state.sinceMs >= HEALTHY_AFTER_MS ? 1 : state.attempt + 1;
  const delayMs = Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** (attempt - 1));
  return { kind: 'restarting', attempt, reason: failure.message, retryAtMs: nowMs + delayMs };
}
