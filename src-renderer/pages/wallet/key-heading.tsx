import type { ReactNode } from 'react';
import { bind } from '../../components/class-names.ts';
import styles from './key-heading.module.css';

const cx = bind(styles);

export interface KeyHeadingProps {
  readonly title: string;
  readonly level: 2 | 3;
  readonly icon: ReactNode;
  readonly what: string;
  /** At the end of the title's line. */
  readonly badge?: ReactNode;
}

/** Which key a card is about, and what it is for. */
export function KeyHeading({ title, level, icon, what, badge }: KeyHeadingProps) {
  const Title = `h${level}` as const;
  return (
    <header className={cx('heading')}>
      <span className={cx('icon')}>{icon}</span>
      <div className={cx('words')}>
        <div className={cx('top')}>
          <Title>{title}</Title>
          {badge}
        </div>
        <p className={cx('what')}>{what}</p>
      </div>
    </header>
  );
}
