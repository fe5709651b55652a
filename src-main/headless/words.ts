import { assertNever } from '#protocol/assert-never.ts';
import type { RoundRecord, WorkState } from '#protocol/contract/state.ts';
import { formatTao, parseRao } from '#protocol/units.ts';

/** The work state in words, for a terminal. */
export function describeWork(work: WorkState): string {
  switch (work.kind) {
    case 'stopped':
      return 'Paused';
    case 'starting':
      return work.step;
    case 'catching-up':
      return `Catching up: ${work.detail}`;
    case 'training':
      return 'Training';
    case 'waiting':
      return `Waiting: ${work.detail}`;
    case 'pausing':
      return 'Pausing';
    case 'restarting':
      return `Restarting (attempt ${work.attempt}): ${work.reason}`;
    case 'failed':
      return `Stopped: ${work.message}`;
    default:
      return assertNever(work, 'work state');
  }
}

/** One finished round in a line whose columns stand below those of the round before. */
export function describeRound(round: RoundRecord): string {
  const reward = round.rewardRao === null ? '' : `+${formatTao(parseRao(round.rewardRao))} TAO`;
  return [
    `round ${pad(round.round.toString(), 5)}`,
    `loss ${pad(round.loss.toFixed(3), 6)}`,
    `${pad(whole(round.tokensPerSecond), 7)} tokens/s`,
    `update ${pad((round.updateBytes / 1000).toFixed(1), 7)} kB`,
    `score ${pad(round.score === null ? '–' : round.score.toFixed(1), 5)}`,
    `reputation ${pad(round.reputation === null ? '–' : round.reputation.toFixed(1), 5)}`,
    pad(reward, 13),
    round.stateRoot === null ? withoutManifest(round) : `state ${round.stateRoot.slice(0, 8)}`,
  ].join('   ');
}

/** The chain pays by the newest weights that validators have set, and knows nothing of rounds. */
const withoutManifest = ({ rewardRao }: RoundRecord): string =>
  rewardRao === null || rewardRao === '0' ? 'no manifest found' : 'no manifest found; paid by the weights set before';

const pad = (text: string, width: number): string => text.padStart(width);

/** Enough to tell one from another, with its end left out visibly. */
export const shortHash = (hash: string): string => `${hash.slice(0, 8)}…`;
export const shortHotkey = (hotkey: string): string => (hotkey.length > 12 ? `${hotkey.slice(0, 10)}…` : hotkey);

export const whole = (value: number): string => Math.round(value).toString();
