import type { ReactNode } from 'react';
import { bind } from '../../components/class-names.ts';
import { CopyAddress } from './copy-address.tsx';
import styles from './key-card.module.css';
import { KeyHeading } from './key-heading.tsx';

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
      <KeyHeading {...{ title, icon, what }} level={2} />
      {address === null ? (
        <p className={cx('missing')}>Not set up on this machine.</p>
      ) : (
        <CopyAddress name={title.toLowerCase()} address={address} />
      )}
    </section>
  );
}
