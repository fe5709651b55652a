import { bind } from './class-names.ts';
import styles from './meter.module.css';

const cx = bind(styles);

export interface MeterProps {
  readonly label: string;
  /** 0…1; `null`: unknown, shown as an empty track. */
  readonly fraction: number | null;
  /** What the bar says, in words. */
  readonly text: string;
}

export function Meter({ label, fraction, text }: MeterProps) {
  const bounded = fraction === null ? null : Math.min(1, Math.max(0, fraction));
  return (
    <div className={cx('meter')}>
      <div className={cx('words')}>
        <span className={cx('label')}>{label}</span>
        <span className={cx('text', bounded === null && 'unknown')}>{text}</span>
      </div>
      <svg className={cx('track')} width="100%" height="6" aria-hidden="true">
        <rect className={cx('ground')} width="100%" height="6" rx="3" />
        {bounded !== null && bounded > 0 && (
          <rect className={cx('fill')} width={`${(bounded * 100).toFixed(1)}%`} height="6" rx="3" />
        )}
      </svg>
    </div>
  );
}
