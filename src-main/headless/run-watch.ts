import type { AppState, RoundRecord, WorkState } from '#protocol/contract/state.ts';
import { DROPPED_NOTICE } from '#main/core/dropped-rounds.ts';
import type { Output } from './output.ts';
import { describeRound, describeWork } from './words.ts';

export interface RunWatchOptions {
  /** End after this many rewarded rounds; `null`: never. */
  readonly rounds: number | null;
  /** Rounds that finished earlier belong to an earlier run. */
  readonly startedAtMs: number;
  readonly output: Output;
}

export type RunEnd =
  | { readonly kind: 'done'; readonly rewardedRounds: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

export interface RunWatch {
  /** Prints what is new; says when the run is over. */
  see(state: AppState): RunEnd | null;
  readonly rewardedRounds: number;
  /** Why the newest round came to nothing; `null`: it counted. */
  readonly whyDropped: string | null;
}

/** A rig tries for ever; a script that waits for rounds wants to know. */
const MAX_RESTARTS_FOR_ROUNDS = 5;

/** On the devnet two minutes: what is slow for so long stays so. */
const MAX_DROPPED_FOR_ROUNDS = 8;

/** Follows the state and tells it as events and lines. */
export function createRunWatch({ rounds, startedAtMs, output }: RunWatchOptions): RunWatch {
  const printed = new Set<number>();
  const noticed = new Set<string>();
  let lastWork = '';
  let rewardedRounds = 0;
  /** Rounds that came to nothing, since one that counted. */
  let dropped: readonly string[] = [];

  function seeDropped({ notices }: AppState): RunEnd | null {
    const notice = notices.find(({ id }) => id === DROPPED_NOTICE);
    if (notice === undefined) dropped = [];
    else if (dropped.at(-1) !== notice.message) dropped = [...dropped, notice.message];
    if (rounds === null || dropped.length < MAX_DROPPED_FOR_ROUNDS) return null;
    return {
      ...{ kind: 'failed', code: 'TOO_SLOW' },
      message: `${rewardedRounds} of ${rounds} rounds were rewarded, and the newest ones come to nothing. ${dropped.at(-1) ?? ''}`,
    };
  }

  function seeWork(work: WorkState): RunEnd | null {
    const words = describeWork(work);
    if (words !== lastWork) {
      lastWork = words;
      output.event('state', { work });
      // The round lines say enough about the ordinary.
      if (work.kind !== 'training' && work.kind !== 'waiting') output.line(words);
    }
    if (work.kind === 'failed') return { kind: 'failed', code: work.code, message: `${work.message} ${work.advice}` };
    if (rounds !== null && work.kind === 'restarting' && work.attempt >= MAX_RESTARTS_FOR_ROUNDS) {
      const message = `The worker has stopped ${work.attempt} times in a row: ${work.reason}`;
      return { kind: 'failed', code: 'WORKER_FAILED', message };
    }
    return null;
  }

  function seeRound(round: RoundRecord): void {
    if (round.rewardRao === null || round.finishedAtMs < startedAtMs || printed.has(round.round)) return;
    printed.add(round.round);
    // Pay for a round without a manifest is for weights of an earlier one: nothing was trained together in it.
    if (round.rewardRao !== '0' && round.stateRoot !== null) rewardedRounds += 1;
    const { loss, evalLoss = null, tokensPerSecond, updateBytes, score, reputation, rewardRao, stateRoot } = round;
    const reason = round.scoreReason;
    const measured = { round: round.round, loss, evalLoss, tokensPerSecond, updateBytes };
    output.event('round', { ...measured, score, reputation, reason, rewardRao, stateRoot });
    output.line(describeRound(round));
    // Whoever earns nothing wants to know why before all else.
    if (rewardRao === '0' && stateRoot !== null && reason !== null) output.line(`  no reward: ${reason}`);
  }

  return {
    get rewardedRounds() {
      return rewardedRounds;
    },
    get whyDropped() {
      return dropped.at(-1) ?? null;
    },
    see: (state) => {
      for (const { id, level, message } of state.notices) {
        if (noticed.has(id + message)) continue;
        noticed.add(id + message);
        output.event('notice', { level, message });
        output.line(`${level}: ${message}`);
      }
      for (const round of state.rounds) {
        if (rounds === null || rewardedRounds < rounds) seeRound(round);
      }
      if (rounds !== null && rewardedRounds >= rounds) return { kind: 'done', rewardedRounds };
      return seeWork(state.work) ?? seeDropped(state);
    },
  };
}
