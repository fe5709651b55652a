import { bind } from './class-names.ts';
import { CheckIcon } from './icons.tsx';
import styles from './steps.module.css';

const cx = bind(styles);

export interface StepsProps {
  readonly names: readonly string[];
  /** Index of the present one; `names.length` when all are done. */
  readonly current: number;
}

/** Where one is in a short series of steps. */
export function Steps({ names, current }: StepsProps) {
  return (
    <ol className={cx('steps')} aria-label="Steps">
      {names.map((name, index) => (
        <li
          key={name}
          className={cx('step', index === current && 'now', index < current && 'done')}
          aria-current={index === current ? 'step' : undefined}
        >
          <span className={cx('number')} aria-hidden="true">
            {index < current ? <CheckIcon /> : index + 1}
          </span>
          {name}
          {index < current && <span className="visually-hidden">, done</span>}
        </li>
      ))}
    </ol>
  );
}
