import type { HTMLAttributes } from 'react';
import styles from './card-layout.module.css';
import { bind } from './class-names.ts';

const cx = bind(styles);

export type CardLayoutProps = Omit<HTMLAttributes<HTMLDivElement>, 'className' | 'style'>;

/** Cards below each other. */
export const CardStack = (props: CardLayoutProps) => <div className={cx('stack')} {...props} />;

/** Cards beside each other, as many as there is room for. */
export const CardGrid = (props: CardLayoutProps) => <div className={cx('grid')} {...props} />;
