import { bind } from '../../components/class-names.ts';
import { secondsLeft } from '../../format/time.ts';
import { useNow } from '../../store/use-now.ts';
import styles from './retry-countdown.module.css';

const cx = bind(styles);

export interface RetryCountdownProps {
  readonly attempt: number;
  readonly retryAtMs: number;
}

/** Outside of any live region: a count of seconds is not worth a word each. */
export function RetryCountdown({ attempt, retryAtMs }: RetryCountdownProps) {
  const seconds = secondsLeft(retryAtMs, useNow(1_000));
  return (
    <p className={cx('countdown')}>
      Attempt {attempt} {seconds > 0 ? `starts in ${seconds} s` : 'starts now'}
    </p>
  );
}
