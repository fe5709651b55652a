import { useId, type ReactNode } from 'react';
import { bind } from './class-names.ts';
import styles from './field.module.css';

const cx = bind(styles);

/** For the control inside. */
interface FieldControl {
  readonly id: string;
  readonly className: string;
  readonly 'aria-describedby': string | undefined;
  readonly 'aria-invalid': boolean;
}

export interface FieldProps {
  readonly label: string;
  /** Beside the label, at the end of its line. */
  readonly aside?: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong, in words; `null` when nothing is, left out where nothing can be. */
  readonly problem?: string | null;
  readonly children: (control: FieldControl) => ReactNode;
}

/** A labelled control; where it has a hint or may have a problem, one line below it is kept for either. */
export function Field({ label, aside, hint, problem, children }: FieldProps) {
  const id = useId();
  const isWrong = problem !== undefined && problem !== null;
  const hasLine = hint !== undefined || problem !== undefined;
  return (
    <div className={cx('field')}>
      <div className={cx('top')}>
        <label htmlFor={id} className={cx('label')}>
          {label}
        </label>
        {aside !== undefined && <span className={cx('aside')}>{aside}</span>}
      </div>
      {children({
        ...{ id, className: cx('control', isWrong && 'wrong') },
        ...{ 'aria-describedby': hasLine ? `${id}-below` : undefined, 'aria-invalid': isWrong },
      })}
      {hasLine && (
        <p id={`${id}-below`} className={cx('below', isWrong && 'problem')} aria-live="polite">
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}
