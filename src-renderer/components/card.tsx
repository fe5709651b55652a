import type { ReactNode } from 'react';
import styles from './card.module.css';
import { bind } from './class-names.ts';

const cx = bind(styles);

export interface CardProps {
  readonly title: string;
  /** A line under the title. */
  readonly note?: string;
  /** Beside the title, at the end of its line. */
  readonly aside?: ReactNode;
  readonly testId?: string;
  readonly children: ReactNode;
}

export function Card({ title, note, aside, testId, children }: CardProps) {
  return (
    <section className={cx('card')} aria-label={title} data-testid={testId}>
      <header className={cx('header')}>
        <div className={cx('words')}>
          <h2 className={cx('title')}>{title}</h2>
          {note !== undefined && <p className={cx('note')}>{note}</p>}
        </div>
        {aside}
      </header>
      {children}
    </section>
  );
}
