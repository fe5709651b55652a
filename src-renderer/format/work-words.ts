import { assertNever } from '#protocol/assert-never.ts';
import type { RoundProgress, WorkState } from '#protocol/contract/state.ts';

/** Colour and mark of a state; each tone also has words, so colour never stands alone. */
export type Tone = 'idle' | 'busy' | 'earning' | 'attention' | 'failed';

export type WorkAction = 'start' | 'pause' | 'pausing' | 'retry';

export interface WorkWords {
  readonly tone: Tone;
  readonly headline: string;
  readonly sentence: string;
  readonly action: WorkAction;
}

const words = (tone: Tone, headline: string, sentence: string, action: WorkAction): WorkWords => ({
  tone,
  headline,
  sentence,
  action,
});

/** The worker's details go on from the state's name (`for round 3`); here they stand in a line of their own. */
const capitalised = (detail: string): string => detail.charAt(0).toUpperCase() + detail.slice(1);

/** The state of work for its owner. Only changes with the state, never with a step or the clock. */
export function workWords(work: WorkState, hasHistory: boolean): WorkWords {
  switch (work.kind) {
    case 'stopped':
      return hasHistory
        ? words('idle', 'Paused', 'Millrace leaves this machine alone. What you earned is safe.', 'start')
        : words('idle', 'Ready when you are', 'This machine joins the next round as soon as you start.', 'start');
    case 'starting':
      return words('busy', 'Starting', work.step, 'pause');
    case 'catching-up':
      return words('busy', 'Catching up', capitalised(work.detail), 'pause');
    case 'training':
      return words('earning', 'Earning', 'Your machine is training the shared model.', 'pause');
    case 'waiting':
      return words('earning', 'Waiting', capitalised(work.detail), 'pause');
    case 'pausing':
      return words('busy', 'Pausing', 'Work that was already sent still counts.', 'pausing');
    case 'restarting':
      return words('attention', 'Restarting', work.reason, 'pause');
    case 'failed':
      return words('failed', 'Stopped by a problem', work.message, 'retry');
    default:
      return assertNever(work, 'work state');
  }
}

export const PHASE_NAMES: Readonly<Record<RoundProgress['phase'], string>> = {
  training: 'Training',
  compressing: 'Compressing the update',
  announcing: 'Sending the update',
  'awaiting-manifest': 'Waiting for the validator',
  applying: 'Applying the result',
};

/** In the order in which a round goes through them. */
export const PHASES = ['training', 'compressing', 'announcing', 'awaiting-manifest', 'applying'] as const;
