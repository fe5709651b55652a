import type { ChildMessage } from '#protocol/worker-messages.ts';
import { ROUND_MS } from './devnet-genesis.ts';
import { removeNotice, showNotice } from './notices.ts';
import type { AppStore } from './store.ts';

/** The notice of it, replaced with each round that comes to nothing. */
export const DROPPED_NOTICE = 'rounds-dropped';

/** Tells the owner why rounds come to nothing on this machine, one after the other, until one counts again. */
export interface DroppedRounds {
  /** What the owner's worker says. */
  ofWorker(message: ChildMessage): void;
  /** What a validator on this machine says: if it is late, so is this machine. */
  ofValidator(message: ChildMessage): void;
  /** Nobody works any more. */
  reset(): void;
}

interface DroppedRoundsOptions {
  readonly store: AppStore;
  /** Whether the validator runs on this machine: elsewhere a round without a manifest is not this machine's fault. */
  readonly isDevnet: boolean;
  readonly nowMs: () => number;
}

/** Judging that took less of a round is not what it was late for. */
const SHARE_OF_NOTE = 10;

export function createDroppedRounds({ store, isDevnet, nowMs }: DroppedRoundsOptions): DroppedRounds {
  /** The newest round that counted, or the one in which the worker came: who comes midway misses that one anyhow. */
  let lastGood: number | null = null;
  let newest = -1;
  let judged: { readonly round: number; readonly seconds: number } | null = null;

  function dropped(round: number, roundMs: number, why: string): void {
    lastGood ??= round;
    if (round <= lastGood || round <= newest) return;
    newest = round;
    const inARow = round - lastGood;
    const { settings, fixedWorkShare } = store.get();
    const isThrottled = (fixedWorkShare ?? settings.workShare) < 1;
    const message = [
      `Round ${round} came to nothing${inARow > 1 ? `, as ${inARow === 2 ? 'the one' : `the ${inARow - 1}`} before` : ''}: ${why}.`,
      `A round takes ${inSeconds(roundMs)} here: your machine is too slow for that, or busy with something else.`,
      `Close other programs that use the processor${isThrottled ? ', raise the work share' : ''}, or wait: it goes on by itself.`,
    ].join(' ');
    showNotice(store, { id: DROPPED_NOTICE, level: 'warning', message, atMs: nowMs() });
  }

  const droppedHere = (round: number): void =>
    dropped(
      round,
      ROUND_MS,
      judged?.round === round && judged.seconds * 1000 >= ROUND_MS / SHARE_OF_NOTE
        ? `the devnet’s validator had no result in time, judging it took ${inSeconds(judged.seconds * 1000)}`
        : 'the devnet’s validator had no result in time',
    );

  function counted(round: number): void {
    lastGood = Math.max(round, lastGood ?? round);
    removeNotice(store, DROPPED_NOTICE);
  }

  return {
    ofWorker: (message) => {
      if (message.kind === 'missed') {
        const { round, roundMs, trainMs, stepMs } = message.missed;
        const time = `the ${inSeconds(trainMs)} that it has for training`;
        dropped(
          round,
          roundMs,
          stepMs > 0
            ? `no inner step was done in ${time}, the first one had taken ${inSeconds(stepMs)} when it was given up`
            : `nothing was left of ${time} when the work before it was done`,
        );
      }
      if (message.kind !== 'round') return;
      if (message.round.stateRoot !== null) counted(message.round.round);
      else if (isDevnet) droppedHere(message.round.round);
    },
    ofValidator: (message) => {
      if (!isDevnet || message.kind !== 'validator') return;
      const { news } = message;
      if (news.kind === 'judged') judged = { round: news.round, seconds: news.seconds };
      if (news.kind === 'round-dropped') droppedHere(news.round);
    },
    reset: () => {
      [lastGood, newest, judged] = [null, -1, null];
      removeNotice(store, DROPPED_NOTICE);
    },
  };
}

const inSeconds = (ms: number): string =>
  `${ms < 9_950 ? (ms / 1000).toFixed(1).replace('.0', '') : Math.round(ms / 1000)} s`;
