import { useEffect, useId, useRef, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { bind } from './class-names.ts';
import styles from './dialog.module.css';
import { CloseIcon } from './icons.tsx';

const cx = bind(styles);

export interface DialogProps {
  readonly title: string;
  readonly testId: string;
  /** Between the title and the content: the steps. */
  readonly aside?: ReactNode;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A modal window of the browser's own: it keeps the focus inside, closes by Escape, and gives the focus back. */
export function Dialog({ title, testId, aside, onClose, children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = ref.current;
    if (dialog?.open === false) dialog.showModal();
  }, []);
  return (
    <dialog ref={ref} className={cx('dialog')} aria-labelledby={titleId} data-testid={testId} onClose={onClose}>
      <header className={cx('header')}>
        <h2 id={titleId} className={cx('title')}>
          {title}
        </h2>
        <Button kind="quiet" size="icon" aria-label="Close" onClick={() => ref.current?.close()}>
          <CloseIcon />
        </Button>
      </header>
      {aside}
      <div className={cx('content')}>{children}</div>
    </dialog>
  );
}

/** The buttons at the end of a dialog; the last is the one that goes on. */
export const DialogActions = ({ children }: { readonly children: ReactNode }) => (
  <div className={cx('actions')}>{children}</div>
);
