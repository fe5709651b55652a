import type { ReactNode } from 'react';
import { bind } from './class-names.ts';
import styles from './empty-note.module.css';

const cx = bind(styles);

export interface EmptyNoteProps {
  readonly title: string;
  readonly testId: string;
  readonly children: ReactNode;
}

/** Stands where a card would be, and says why there is none. */
export function EmptyNote({ title, testId, children }: EmptyNoteProps) {
  return (
    <section className={cx('note')} aria-label={title} data-testid={testId}>
      <h2 className={cx('title')}>{title}</h2>
      <p>{children}</p>
    </section>
  );
}
