import { Banner } from '../components/banner.tsx';
import { bind } from '../components/class-names.ts';
import { secondsLeft } from '../format/time.ts';
import { useDashboard } from '../store/context.tsx';
import { useNow } from '../store/use-now.ts';
import styles from './connection-banner.module.css';

const cx = bind(styles);

/** After this many failures it is likely that Millrace was restarted, with a new one-time link. */
const ADVICE_AFTER_ATTEMPTS = 4;

export function ConnectionBanner() {
  const connection = useDashboard((dashboard) => dashboard.connection);
  const nowMs = useNow(connection.kind === 'lost' ? 1_000 : null);
  return (
    <div role="status" data-testid="connection">
      {connection.kind === 'lost' && (
        <div className={cx('place')}>
          <Banner
            level="warning"
            action={
              <span className={cx('countdown')} aria-hidden="true">
                next try in {secondsLeft(connection.retryAtMs, nowMs)} s
              </span>
            }
          >
            <strong>Connection to Millrace lost, reconnecting.</strong> What you see may be out of date.
            {connection.attempt >= ADVICE_AFTER_ATTEMPTS &&
              ' If Millrace was restarted, open the link that it printed: each start makes a new one.'}
          </Banner>
        </div>
      )}
    </div>
  );
}
