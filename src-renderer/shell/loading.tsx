import { bind } from '../components/class-names.ts';
import { Mark } from '../components/mark.tsx';
import { useDashboard } from '../store/context.tsx';
import styles from './loading.module.css';

const cx = bind(styles);

/** Before the first snapshot. */
export function Loading() {
  const isLost = useDashboard((dashboard) => dashboard.connection.kind === 'lost');
  return (
    <main className={cx('loading')}>
      <h1 className="visually-hidden">Millrace</h1>
      <div className={cx('mark')}>
        <Mark tone={isLost ? 'still' : 'water'} />
      </div>
      <p role="status" className={cx('words')} data-testid="loading">
        {isLost ? 'Millrace cannot be reached. Trying again…' : 'Connecting to Millrace…'}
      </p>
      {isLost && (
        <p className={cx('advice')}>
          Is it still running? After a restart it prints a new link: open that one, since old links stop working.
        </p>
      )}
    </main>
  );
}
