import { useRef, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { copyText } from '../../components/copy-text.ts';
import { CheckIcon, CopyIcon } from '../../components/icons.tsx';
import styles from './copy-address.module.css';

const cx = bind(styles);

type CopyState = 'idle' | 'copied' | 'failed';

const COPY_WORDS: Readonly<Record<CopyState, string>> = {
  idle: '',
  copied: 'Copied.',
  failed: 'Copying was refused. The address is selected: press Ctrl+C.',
};

export interface CopyAddressProps {
  /** Whose, such as `coldkey`. */
  readonly name: string;
  readonly address: string;
}

export function CopyAddress({ name, address }: CopyAddressProps) {
  const codeRef = useRef<HTMLElement>(null);
  const [copyState, setCopyState] = useState<CopyState>('idle');
  const copy = async (): Promise<void> => {
    if (codeRef.current === null) return;
    setCopyState((await copyText(codeRef.current)) ? 'copied' : 'failed');
  };
  return (
    <>
      <code ref={codeRef} className={cx('address')} data-testid={`${name}-address`}>
        {address}
      </code>
      <div className={cx('foot')}>
        <Button kind="secondary" aria-label={`Copy ${name} address`} onClick={() => void copy()}>
          {copyState === 'copied' ? <CheckIcon /> : <CopyIcon />}
          Copy
        </Button>
        <p role="status" className={cx('status')}>
          {COPY_WORDS[copyState]}
        </p>
      </div>
    </>
  );
}
