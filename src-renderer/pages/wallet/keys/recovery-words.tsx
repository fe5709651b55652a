import { useEffect, useRef, type ClipboardEvent } from 'react';
import { Banner } from '../../../components/banner.tsx';
import { Button } from '../../../components/button.tsx';
import { bind } from '../../../components/class-names.ts';
import form from './key-form.module.css';
import styles from './recovery-words.module.css';

const cx = bind(styles);
const inForm = bind(form);

export interface RecoveryWordsProps {
  readonly words: readonly string[];
  readonly onWritten: () => void;
  readonly onCancel: () => void;
}

/** Every program can read the clipboard. */
const refuseCopy = (event: ClipboardEvent): void => event.preventDefault();

/** Shows the words, once. They cannot be selected or copied. */
export function RecoveryWords({ words, onWritten, onCancel }: RecoveryWordsProps) {
  const titleRef = useRef<HTMLHeadingElement>(null);
  useEffect(() => titleRef.current?.focus(), []);
  return (
    <section className={cx('step')} aria-label="Create a coldkey, step 2 of 3" onCopy={refuseCopy}>
      <h4 ref={titleRef} tabIndex={-1} className={cx('title')}>
        Write these {words.length} words down, in order
      </h4>
      <p className={inForm('intro')}>
        Step 2 of 3. On paper, not in a file or a photo. They are shown this once; with them the coldkey can be brought
        back on any machine.
      </p>
      <ol className={cx('words')} data-testid="recovery-words">
        {words.map((word, index) => (
          <li key={index} className={cx('word')}>
            <span className={cx('number')}>{index + 1}</span> {word}
          </li>
        ))}
      </ol>
      <Banner level="warning">Whoever has these words has your money. Millrace never asks for them by itself.</Banner>
      <div className={inForm('actions')}>
        <Button kind="primary" onClick={onWritten}>
          I have written them down
        </Button>
        <Button kind="quiet" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </section>
  );
}
