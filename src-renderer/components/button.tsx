import type { ButtonHTMLAttributes } from 'react';
import styles from './button.module.css';
import { bind } from './class-names.ts';

const cx = bind(styles);

export interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'className' | 'style'> {
  readonly kind: 'primary' | 'secondary' | 'quiet';
  readonly size?: 'medium' | 'large' | 'icon';
}

export function Button({ kind, size = 'medium', type = 'button', ...rest }: ButtonProps) {
  return <button type={type} className={cx('button', kind, size)} {...rest} />;
}
