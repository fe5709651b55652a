import { bind } from './class-names.ts';
import styles from './mark.module.css';

const cx = bind(styles);

const ARMS = Array.from({ length: 8 }, (_, index) => index * 45);

export interface MarkProps {
  /** How far the wheel has turned. It moves only when real work moves it. */
  readonly degrees?: number;
  readonly tone?: 'water' | 'still' | 'bad';
}

/** The mill wheel; one of its buckets carries the light. Decorative. Fills its parent's width. */
export function Mark({ degrees = 0, tone = 'water' }: MarkProps) {
  return (
    <svg className={cx('mark', tone)} viewBox="0 0 52 52" aria-hidden="true" focusable="false">
      <g className={cx('wheel')} style={{ transform: `rotate(${degrees}deg)` }}>
        {ARMS.map((angle) => (
          <g key={angle} transform={`rotate(${angle} 26 26)`}>
            <path className={cx('spoke')} d="M26 21V12" />
            <path className={cx('bucket', angle === 45 && 'lit')} d="M26 12L31.6 3.5" />
          </g>
        ))}
        <circle className={cx('rim')} cx="26" cy="26" r="14" />
        <circle className={cx('hub')} cx="26" cy="26" r="4.5" />
      </g>
    </svg>
  );
}
