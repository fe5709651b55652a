import { assertNever } from '#protocol/assert-never.ts';
import type { WorkState } from '#protocol/contract/state.ts';
import type { WorkerActivity } from '#protocol/worker-messages.ts';
import type { Failure, Supervision } from './supervision.ts';

/** Read beside the button that tries again, and in a terminal, where there is none. */
const ADVICE: Readonly<Record<string, string>> = {
  DIVERGED:
    'Nothing wrong was sent or paid. Try again to catch up with the network; if it happens again, this machine may compute wrongly (check its memory).',
  DATABASE: 'Then try again. Your keys, settings and earnings are in other files.',
  SHARD_TOO_LARGE: 'Nothing was trained or lost. Try again when more memory is free.',
  NOT_REGISTERED: 'Register it in the Wallet, then try again.',
  NO_HOTKEY: 'Create or import one in the Wallet, then try again.',
  HOTKEY_LOCKED: 'Unlock it in the Wallet, then try again.',
  NO_SUBNET: 'Choose the number of the subnet that trains in the Settings, under Network.',
  NO_RUN:
    'Choose another subnet in the Settings, or try again when its owner has published a run. If the subnet is yours, see millrace validator --help for how to publish one.',
  CHAIN_REFUSED: 'The chain does not accept this machine’s key. See the log for details.',
};

export const failedState = ({ code, message }: Failure): WorkState => ({
  kind: 'failed',
  code,
  message,
  advice: ADVICE[code] ?? 'Try again. The log says more.',
});

/** What the worker says of itself, in the owner's words. */
export function stateOfActivity(activity: WorkerActivity): WorkState {
  switch (activity.kind) {
    case 'connecting':
      return { kind: 'starting', step: 'Finding peers' };
    case 'awaiting-run':
      // Only the worker on the app's own devnet waits (WorkerStart.expectsRun): its validator founds the run when it starts.
      return { kind: 'starting', step: 'Your devnet is starting: its first run comes within about half a minute' };
    case 'catching-up':
      return { kind: 'catching-up', detail: activity.detail };
    case 'training':
      return { kind: 'training' };
    case 'waiting':
      return { kind: 'waiting', detail: activity.detail };
    case 'diverged':
      return failedState({
        code: 'DIVERGED',
        message: `After round ${activity.round} this machine’s model differed from the network’s (${activity.actualRoot.slice(0, 12)} instead of ${activity.expectedRoot.slice(0, 12)}), so it stopped.`,
      });
    default:
      return assertNever(activity, 'worker activity');
  }
}

/** What the worker's process does, in the owner's words. */
export function stateOfSupervision(state: Supervision): WorkState {
  switch (state.kind) {
    case 'stopped':
      return { kind: 'stopped' };
    case 'running':
      return { kind: 'starting', step: 'Starting the worker' };
    case 'restarting':
      return { kind: 'restarting', reason: state.reason, attempt: state.attempt, retryAtMs: state.retryAtMs };
    case 'failed':
      return failedState(state.failure);
    default:
      return assertNever(state, 'supervision');
  }
}
