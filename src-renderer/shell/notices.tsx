import type { Notice } from '#protocol/contract/state.ts';
import { Banner } from '../components/banner.tsx';
import { Button } from '../components/button.tsx';
import { bind } from '../components/class-names.ts';
import { Failure } from '../components/failure.tsx';
import { CloseIcon } from '../components/icons.tsx';
import { useAppState, useIsConnected } from '../store/context.tsx';
import { useCommand } from '../store/use-command.ts';
import styles from './notices.module.css';

const cx = bind(styles);

const URGENCY = { error: 0, warning: 1, info: 2 } as const satisfies Record<Notice['level'], number>;
const byUrgency = (a: Notice, b: Notice): number => URGENCY[a.level] - URGENCY[b.level];

/** More than this would push the page away; the rest follows as these are dismissed. */
const MAX_SHOWN = 3;

export function Notices() {
  const notices = useAppState((state) => state.notices);
  const isConnected = useIsConnected();
  const { send, failure } = useCommand();
  const shown = notices.toReversed().sort(byUrgency).slice(0, MAX_SHOWN);
  const waiting = notices.length - shown.length;
  return (
    <div role="region" aria-label="Notices" aria-live="polite" className={cx('notices', shown.length === 0 && 'empty')}>
      {shown.map(({ id, level, message }) => (
        <Banner
          key={id}
          level={level}
          action={
            <Button
              kind="quiet"
              size="icon"
              aria-label={`Dismiss: ${message}`}
              disabled={!isConnected}
              onClick={() => void send('notice.dismiss', { id })}
            >
              <CloseIcon />
            </Button>
          }
        >
          {message}
        </Banner>
      ))}
      {waiting > 0 && (
        <p className={cx('more')}>{waiting === 1 ? 'One more notice waits.' : `${waiting} more notices wait.`}</p>
      )}
      <Failure message={failure} />
    </div>
  );
}
