import { useId, type ReactNode } from 'react';
import { bind } from './class-names.ts';
import styles from './field.module.css';

const cx = bind(styles);

/** For the control inside. */
export interface FieldControl {
  readonly id: string;
  readonly className: string;
  readonly 'aria-describedby': string;
  readonly 'aria-invalid': boolean;
}

export interface FieldProps {
  readonly label: string;
  /** Beside the label, at the end of its line. */
  readonly aside?: ReactNode;
  readonly hint?: ReactNode;
  /** What is wrong, in words; `null` when nothing is. */
  readonly problem?: string | null;
  readonly children: (control: FieldControl) => ReactNode;
}

/** A labelled control with one line below it that never moves what follows: hint or problem. */
export function Field({ label, aside, hint, problem = null, children }: FieldProps) {
  const id = useId();
  return (
    <div className={cx('field')}>
      <div className={cx('top')}>
        <label htmlFor={id} className={cx('label')}>
          {label}
        </label>
        {aside !== undefined && <span className={cx('aside')}>{aside}</span>}
      </div>
      {children({
        ...{ id, className: cx('control', problem !== null && 'wrong') },
        ...{ 'aria-describedby': `${id}-below`, 'aria-invalid': problem !== null },
      })}
      <p id={`${id}-below`} className={cx('below', problem !== null && 'problem')} aria-live="polite">
        {problem ?? hint}
      </p>
    </div>
  );
}
