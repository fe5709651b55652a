import { assertNever } from '#protocol/assert-never.ts';
import { WORK_LABELS } from '#protocol/contract/work-labels.ts';
import { Button } from '../../components/button.tsx';
import { PauseIcon, PlayIcon, RefreshIcon } from '../../components/icons.tsx';
import type { WorkAction } from '../../format/work-words.ts';
import { useIsConnected } from '../../store/context.tsx';
import type { CommandSender } from '../../store/use-command.ts';

export interface WorkButtonProps {
  readonly action: WorkAction;
  readonly command: CommandSender;
}

export function WorkButton({ action, command: { send, pending } }: WorkButtonProps) {
  const disabled = !useIsConnected() || pending;
  switch (action) {
    case 'start':
      return (
        <Button
          kind="primary"
          size="large"
          data-testid="start-button"
          disabled={disabled}
          onClick={() => void send('work.start', {})}
        >
          <PlayIcon /> {WORK_LABELS.start}
        </Button>
      );
    case 'retry':
      return (
        <Button
          kind="primary"
          size="large"
          data-testid="retry-button"
          disabled={disabled}
          onClick={() => void send('work.start', {})}
        >
          <RefreshIcon /> {WORK_LABELS.retry}
        </Button>
      );
    case 'pause':
      return (
        <Button
          kind="secondary"
          size="large"
          data-testid="pause-button"
          disabled={disabled}
          onClick={() => void send('work.pause', {})}
        >
          <PauseIcon /> {WORK_LABELS.pause}
        </Button>
      );
    case 'pausing':
      return (
        <Button kind="secondary" size="large" data-testid="pausing-button" disabled>
          <PauseIcon /> Pausing…
        </Button>
      );
    default:
      return assertNever(action, 'action');
  }
}
