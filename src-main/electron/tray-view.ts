import { assertNever } from '#protocol/assert-never.ts';
import type { AppState, WorkState } from '#protocol/contract/state.ts';
import { WORK_LABELS } from '#protocol/contract/work-labels.ts';
import { formatTao, parseRao } from '#protocol/units.ts';

/** A file of assets/tray. */
export type TrayIcon = 'idle' | 'working' | 'paused' | 'attention';

type TrayAction = 'start' | 'pause' | 'none';

export interface TrayView {
  readonly icon: TrayIcon;
  readonly tooltip: string;
  /** First line of the menu. */
  readonly stateLine: string;
  /** What the second line of the menu does; `none` shows it greyed out. */
  readonly action: TrayAction;
  readonly actionLabel: string;
}

type WorkView = Pick<TrayView, 'icon' | 'stateLine' | 'action'>;

const ACTION_LABELS: Readonly<Record<TrayAction, string>> = {
  start: WORK_LABELS.start,
  pause: WORK_LABELS.pause,
  none: 'Pausing …',
};

/** What the tray shows; changes with the kind of work and the earnings, not with every step of a round. */
export function trayView({ work, earnings }: Pick<AppState, 'work' | 'earnings'>): TrayView {
  const view = viewOfWork(work);
  const earned = `${formatTao(parseRao(earnings.totalRao))} TAO earned`;
  const actionLabel = work.kind === 'failed' ? WORK_LABELS.retry : ACTION_LABELS[view.action];
  return { ...view, actionLabel, tooltip: `Millrace: ${view.stateLine}\n${earned}` };
}

function viewOfWork(work: WorkState): WorkView {
  switch (work.kind) {
    case 'stopped':
      return { icon: 'idle', stateLine: 'Not earning', action: 'start' };
    case 'starting':
      return { icon: 'working', stateLine: work.step, action: 'pause' };
    case 'catching-up':
      return { icon: 'working', stateLine: 'Catching up', action: 'pause' };
    case 'training':
    case 'waiting':
      return { icon: 'working', stateLine: 'Earning', action: 'pause' };
    case 'pausing':
      return { icon: 'paused', stateLine: 'Pausing', action: 'none' };
    case 'restarting':
      return { icon: 'attention', stateLine: 'Restarting after a problem', action: 'pause' };
    case 'failed':
      return { icon: 'attention', stateLine: 'Stopped by a problem', action: 'start' };
    default:
      return assertNever(work, 'work state');
  }
}
