import type { ReactNode } from 'react';
import { bind } from '../../components/class-names.ts';
import { CopyAddress } from './copy-address.tsx';
import styles from './key-card.module.css';

const cx = bind(styles);

export interface KeyCardProps {
  readonly title: string;
  readonly icon: ReactNode;
  readonly what: string;
  readonly address: string | null;
}

export function KeyCard({ title, icon, what, address }: KeyCardProps) {
  return (
    <section className={cx('card')} aria-label={title}>
      <header className={cx('header')}>
        <span className={cx('icon')}>{icon}</span>
        <div>
          <h2>{title}</h2>
          <p className={cx('what')}>{what}</p>
        </div>
      </header>
      {address === null ? (
        <p className={cx('missing')}>Not set up on this machine.</p>
      ) : (
        <CopyAddress name={title.toLowerCase()} address={address} />
      )}
    </section>
  );
}
