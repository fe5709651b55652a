import type { ReactNode } from 'react';
import styles from './banner.module.css';
import { bind } from './class-names.ts';
import { ErrorIcon, InfoIcon, WarningIcon } from './icons.tsx';

const cx = bind(styles);

const ICONS = { info: InfoIcon, warning: WarningIcon, error: ErrorIcon } as const;
const LEVEL_NAMES = { info: 'Note', warning: 'Warning', error: 'Problem' } as const;

export interface BannerProps {
  readonly level: keyof typeof ICONS;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

export function Banner({ level, children, action }: BannerProps) {
  const Icon = ICONS[level];
  return (
    <div className={cx('banner', level)}>
      <Icon />
      <p className={cx('message')}>
        <span className="visually-hidden">{LEVEL_NAMES[level]}: </span>
        {children}
      </p>
      {action}
    </div>
  );
}
