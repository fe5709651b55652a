import { useRef, useState, type ReactNode } from 'react';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { copyText } from '../../components/copy-text.ts';
import { CheckIcon, CopyIcon } from '../../components/icons.tsx';
import styles from './key-card.module.css';

const cx = bind(styles);

type CopyState = 'idle' | 'copied' | 'failed';

const COPY_WORDS: Readonly<Record<CopyState, string>> = {
  idle: '',
  copied: 'Copied.',
  failed: 'Copying was refused. The address is selected: press Ctrl+C.',
};

export interface KeyCardProps {
  readonly title: string;
  readonly icon: ReactNode;
  readonly what: string;
  readonly address: string | null;
}

export function KeyCard({ title, icon, what, address }: KeyCardProps) {
  const codeRef = useRef<HTMLElement>(null);
  const [copyState, setCopyState] = useState<CopyState>('idle');
  const name = title.toLowerCase();
  const copy = async (): Promise<void> => {
    if (codeRef.current === null) return;
    setCopyState((await copyText(codeRef.current)) ? 'copied' : 'failed');
  };
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
        <code ref={codeRef} className={cx('address')} data-testid={`${name}-address`}>
          {address}
        </code>
      )}
      <div className={cx('foot')}>
        {address !== null && (
          <Button kind="secondary" aria-label={`Copy ${name} address`} onClick={() => void copy()}>
            {copyState === 'copied' ? <CheckIcon /> : <CopyIcon />}
            Copy
          </Button>
        )}
        <p role="status" className={cx('status')}>
          {COPY_WORDS[copyState]}
        </p>
      </div>
    </section>
  );
}
