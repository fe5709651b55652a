import type { ReactNode } from 'react';
import { bind } from './class-names.ts';
import styles from './page-header.module.css';

const cx = bind(styles);

export interface PageHeaderProps {
  readonly title: string;
  readonly lead: ReactNode;
  readonly action?: ReactNode;
}

export function PageHeader({ title, lead, action }: PageHeaderProps) {
  return (
    <header className={cx('header')}>
      <div className={cx('words')}>
        <h1 className={cx('title')}>{title}</h1>
        <p className={cx('lead')}>{lead}</p>
      </div>
      {action}
    </header>
  );
}
