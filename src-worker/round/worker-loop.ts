import { assertNever } from '#protocol/assert-never.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import {
  startOf,
  type VerdictKind,
  type WorkerEffect,
  type WorkerEvent,
  workerRound,
  type WorkerRound as RoundState,
} from '#protocol/round/worker-round.ts';
import { deadlineBlock, roundOf } from '#protocol/round/clock.ts';
import { keepTimelyVotes } from '../run/keep-timely-votes.ts';
import type { Run } from '../run/open-run.ts';
import { initialState } from '../run/replica.ts';
import { readRoster, withNewVotes } from '../run/roster.ts';
import { announceUpdate } from './announce-update.ts';
import type { ErrorBuffer } from './error-buffer.ts';
import { followRun } from './follow-run.ts';
import { makeUpdate } from './make-update.ts';
import type { Verdict } from './pending-round.ts';
import { resumeRound } from './resume-round.ts';
import { settle } from './settle.ts';
import { FIRST_OVERHEAD_MS, lessOverheadMs } from './time-budget.ts';
import type { WorkerDesk, WorkerPorts } from './worker-desk.ts';

/**
 * Trains round after round until `signal` aborts: does what the machine of worker-round.ts says.
 * @param buffer as a process before this one left it
 * @throws MillraceError DIVERGED when the own state differs from the network's
 */
export async function runWorker(ports: WorkerPorts, run: Run, buffer: ErrorBuffer, signal: AbortSignal): Promise<void> {
  const { errors, sent, lost } = buffer;
  if (lost !== null) ports.warn(lost);
  const desk: WorkerDesk = {
    ...{ ports, run, signal, errors, replica: await initialState(run), replicaRound: -1, stepsBehind: null },
    ...{ refused: new Set(), unresumed: sent, pending: null, verdict: null, overheadMs: FIRST_OVERHEAD_MS },
    roster: { members: [], validators: [], runSpec: null },
  };
  let state = startOf(buffer.round ?? -1, sent?.round ?? null);
  const { chain, netuid } = ports;
  let rosterRound = -1;
  for (let seen = -1; ;) {
    try {
      seen = (await ports.clock.waitFor(seen + 1, signal)).number;
      const round = roundOf(seen, run.spec.round);
      // Who votes in a round, and with which stake, is as it was at its deadline: so the validators have it, too.
      const isDeciding = round === rosterRound && seen > deadlineBlock(round, run.spec.round);
      const read = await (isDeciding
        ? withNewVotes(desk.roster, chain, netuid, signal)
        : readRoster(chain, netuid, signal));
      desk.roster = keepTimelyVotes(desk.roster, read, run.spec.round);
      rosterRound = round;
      // What a settled round leaves may be the start of the next at once.
      for (let before: RoundState['kind'] | null = null; before !== state.kind;) {
        before = state.kind;
        if (state.kind !== 'interrupted') await followRun(desk);
        state = await advance(desk, state);
      }
    } catch (error) {
      if (signal.aborted) return; // the only way out; every wait above ends when it fires
      if (isFatal(error, signal)) throw error;
      ports.warn(errorMessage(error));
      ports.onActivity({ kind: 'waiting', detail: errorMessage(error) });
    }
  }
}

const isFatal = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted || errorCode(error) === 'DIVERGED' || errorCode(error) === 'ENGINE';

/** What a block brings, and everything that comes of it. */
async function advance(desk: WorkerDesk, from: RoundState): Promise<RoundState> {
  const { ports, run, signal } = desk;
  const block = () => ports.clock.current()?.number ?? 0;
  const context = () => ({
    ...{ block: block(), timing: run.spec.round },
    maxStaleness: run.spec.outer.maxStaleness,
  });
  const view = {
    stepsBehind: desk.stepsBehind,
    verdict: desk.verdict?.kind ?? null,
    isBefore: desk.stepsBehind === 0 && desk.replicaRound < (desk.pending?.round ?? -1),
  };
  let { state, effects } = workerRound(from, { kind: 'block', view }, context());
  const waiting = [...effects];
  for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
    let answer: WorkerEvent | null;
    try {
      answer = await perform(desk, effect);
    } catch (error) {
      if (isFatal(error, signal)) throw error;
      ports.warn(errorMessage(error));
      ports.onActivity({ kind: 'waiting', detail: errorMessage(error) });
      answer = { kind: 'failed' };
    }
    if (answer === null) continue;
    ({ state, effects } = workerRound(state, answer, context()));
    waiting.unshift(...effects);
  }
  if (state.kind === 'idle' && desk.stepsBehind === 0) {
    const next = roundOf(block(), run.spec.round) + 1;
    ports.onActivity({ kind: 'waiting', detail: `for round ${next}` });
  }
  return state;
}

const UNKNOWN: Verdict = { kind: 'unknown', why: 'the network went on from another state' };

function verdictOf({ verdict }: WorkerDesk, kind: VerdictKind): Verdict {
  if (kind === 'none') return { kind };
  return verdict ?? UNKNOWN;
}

async function perform(desk: WorkerDesk, effect: WorkerEffect): Promise<WorkerEvent | null> {
  const { ports, run, signal } = desk;
  const { round } = effect;
  switch (effect.kind) {
    case 'resume':
      return { kind: 'resumed', canAnnounce: await resumeRound(desk) };
    case 'forget': {
      desk.unresumed = null;
      const now = roundOf(ports.clock.current()?.number ?? 0, run.spec.round);
      ports.warn(`The error buffer is of round ${round} and it is round ${now}: the buffer is of another chain`);
      return null;
    }
    case 'train': {
      ports.onActivity({ kind: 'training' });
      const { replica, roster, errors, overheadMs } = desk;
      const made = await makeUpdate(ports, run, replica, round, roster, errors, overheadMs, signal);
      if (made === null) {
        desk.overheadMs = lessOverheadMs(overheadMs);
        return { kind: 'untrained' };
      }
      desk.pending = { ...made.sent, parts: made.parts, refusal: null, overheadMs: ports.nowMs() - made.trainedAtMs };
      return { kind: 'trained' };
    }
    case 'announce':
      return announce(desk, effect.again);
    case 'settle':
      await settle(desk, verdictOf(desk, effect.verdict));
      return { kind: 'settled' };
    default:
      return assertNever(effect, 'effect of a worker');
  }
}

async function announce(desk: WorkerDesk, again: boolean): Promise<WorkerEvent> {
  const { ports, run, roster, pending, signal } = desk;
  if (pending === null) throw new Error('No update is pending');
  const { round, innerSteps: step, loss, tokensPerSecond, gradientNorm } = pending;
  const measured = { round, step, steps: run.spec.inner.steps, loss, tokensPerSecond, gradientNorm };
  ports.onProgress({ ...measured, phase: 'announcing' });
  const startedAtMs = ports.nowMs();
  const answered: { atMs?: number } = {};
  const onMostAnswered = (): void => void (answered.atMs = ports.nowMs());
  const answer = await announceUpdate(ports, run.id, roster, pending, signal, onMostAnswered);
  const refusal = answer.kind === 'taken' ? null : answer.message;
  if (answer.kind !== 'taken' && refusal !== pending.refusal) {
    ports.warn(`Round ${round}${again ? ', announced again' : ''}: ${answer.detail}`);
  }
  // What is refused when it is announced again may have been taken before.
  const isTaken = again || refusal === null;
  // A few that hang must not cost everyone the training time of the rounds after it.
  if (!again) desk.overheadMs = pending.overheadMs + (answered.atMs ?? ports.nowMs()) - startedAtMs;
  desk.pending = { ...pending, refusal: isTaken ? null : refusal };
  ports.onProgress({ ...measured, phase: 'awaiting-manifest' });
  ports.onActivity({ kind: 'waiting', detail: `for the verdict on round ${round}` });
  return { kind: 'answered', answer: isTaken ? 'taken' : answer.kind };
}
