import type { ReactNode } from 'react';
import styles from './badge.module.css';
import { bind } from './class-names.ts';

const cx = bind(styles);

export interface BadgeProps {
  readonly tone: 'plain' | 'accent' | 'good' | 'warn';
  readonly children: ReactNode;
}

export function Badge({ tone, children }: BadgeProps) {
  return <span className={cx('badge', tone)}>{children}</span>;
}
