import type { ReactNode } from 'react';
import { bind } from '../../../components/class-names.ts';
import styles from './key-panel.module.css';

const cx = bind(styles);

export interface KeyPanelProps {
  readonly title: string;
  readonly icon: ReactNode;
  readonly what: string;
  readonly badge: ReactNode;
  readonly address: string | null;
  /** How it is kept, or why it is not there. */
  readonly note: string | null;
  readonly testId: string;
  readonly children: ReactNode;
}

/** One key: what it is for, how it stands, and below it what can be done. */
export function KeyPanel({ title, icon, what, badge, address, note, testId, children }: KeyPanelProps) {
  return (
    <section className={cx('panel')} aria-label={`${title} for real chains`} data-testid={testId}>
      <header className={cx('header')}>
        <span className={cx('icon')}>{icon}</span>
        <div>
          <h3>{title}</h3>
          <p className={cx('what')}>{what}</p>
        </div>
        <span>{badge}</span>
      </header>
      {address !== null && <code className={cx('address')}>{address}</code>}
      {note !== null && <p className={cx('note')}>{note}</p>}
      {children}
    </section>
  );
}

export const KeyActions = ({ children }: { readonly children: ReactNode }) => (
  <div className={cx('actions')}>{children}</div>
);
