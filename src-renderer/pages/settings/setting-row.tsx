import type { ReactNode } from 'react';
import { bind } from '../../components/class-names.ts';
import { Failure } from '../../components/failure.tsx';
import styles from './setting-row.module.css';

const cx = bind(styles);

export interface SettingRowProps {
  readonly label: ReactNode;
  readonly effect: string;
  /** Id of the effect's words, for `aria-describedby`. */
  readonly effectId: string;
  readonly failure: string | null;
  readonly children: ReactNode;
}

export function SettingRow({ label, effect, effectId, failure, children }: SettingRowProps) {
  return (
    <div className={cx('row')}>
      <div className={cx('words')}>
        <div className={cx('label')}>{label}</div>
        <p id={effectId} className={cx('effect')}>
          {effect}
        </p>
        <Failure message={failure === null ? null : `Not saved: ${failure}`} />
      </div>
      {children}
    </div>
  );
}
