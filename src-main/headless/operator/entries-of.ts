import { assertNever } from '#protocol/assert-never.ts';
import type {
  ChildMessage,
  MissedRound,
  SettledManifest,
  WorkerActivity,
  WorkerRound,
} from '#protocol/worker-messages.ts';
import type { Supervision } from '#main/core/supervision.ts';
import { shortHash, whole } from '../words.ts';
import type { Entry } from './entry.ts';
import { entriesOfNews } from './entries-of-news.ts';

/** What a child process said, as log entries. */
export function entriesOf(message: ChildMessage): readonly Entry[] {
  switch (message.kind) {
    case 'ready':
      return [{ level: 'info', event: 'ready', fields: {}, words: 'Ready' }];
    case 'failed': {
      const { code, message: why } = message;
      return [{ level: 'error', event: 'failed', fields: { code, message: why }, words: `Failed: ${why}` }];
    }
    case 'log':
      // Its words come by the supervisor's log, for whom they are meant.
      return [];
    case 'worker-state':
      return [activityEntry(message.state)];
    case 'progress':
      return [{ level: 'debug', event: 'progress', fields: { ...message.progress }, words: null }];
    case 'round':
      return [roundEntry(message.round)];
    case 'missed':
      return [missedEntry(message.missed)];
    case 'manifest':
      return [manifestEntry(message.manifest)];
    case 'validator':
      return entriesOfNews(message.news);
    case 'vitals':
      return [{ level: 'debug', event: 'vitals', fields: { ...message.vitals }, words: null }];
    default:
      return assertNever(message, 'message of a child');
  }
}

/** What became of the process itself; `null` for what its own words tell. */
export function entryOfSupervision(state: Supervision): Entry | null {
  if (state.kind === 'restarting') {
    const { reason, attempt } = state;
    return { level: 'warning', event: 'process-restarting', fields: { reason, attempt }, words: null };
  }
  if (state.kind === 'failed') {
    return { level: 'error', event: 'process-failed', fields: { ...state.failure }, words: null };
  }
  return null;
}

/** Its words are the worker's own warning. */
const missedEntry = (missed: MissedRound): Entry => ({
  ...{ level: 'warning', event: 'round-missed', fields: { ...missed }, words: null },
});

function activityEntry(state: WorkerActivity): Entry {
  const { kind, ...fields } = state;
  const level = kind === 'diverged' ? 'error' : 'info';
  const words = 'detail' in state ? `${ACTIVITIES[kind]}: ${state.detail}` : ACTIVITIES[kind];
  return { level, event: 'worker-state', fields: { state: kind, ...fields }, words };
}

const ACTIVITIES: Readonly<Record<WorkerActivity['kind'], string>> = {
  connecting: 'Connecting',
  'awaiting-run': 'Waiting for the subnet’s owner to publish a run',
  'catching-up': 'Catching up',
  training: 'Training',
  waiting: 'Waiting',
  diverged: 'Stopped: its model differs from the network’s',
};

function roundEntry(round: WorkerRound): Entry {
  const { loss, evalLoss, tokensPerSecond, innerSteps, updateBytes, score, reputation, scoreReason } = round;
  const words = [
    `round ${round.round}`,
    `loss ${loss.toFixed(3)}`,
    `${innerSteps} steps`,
    `${whole(tokensPerSecond)} tokens/s`,
    `update ${(updateBytes / 1000).toFixed(1)} kB`,
    `score ${score === null ? '–' : score.toFixed(1)}`,
    `reputation ${reputation === null ? '–' : reputation.toFixed(1)}`,
    scoreReason ?? '',
  ];
  return {
    ...{ level: 'info', event: 'round' },
    fields: {
      ...{ round: round.round, innerSteps, tokensPerSecond, loss, evalLoss, updateBytes },
      ...{ score, reputation, reason: scoreReason, stateRoot: round.stateRoot },
    },
    words: words.join('   ').trimEnd(),
  };
}

function manifestEntry(manifest: SettledManifest): Entry {
  const { round, hash, evalLoss, selected, announced, judgeSeconds } = manifest;
  const took = judgeSeconds === null ? '' : `   judged in ${judgeSeconds.toFixed(1)} s`;
  return {
    ...{ level: 'info', event: 'manifest-settled', fields: { ...manifest } },
    words: `round ${round}   manifest ${shortHash(hash)}   loss ${evalLoss.toFixed(3)}   ${selected} of ${announced} updates selected${took}`,
  };
}
