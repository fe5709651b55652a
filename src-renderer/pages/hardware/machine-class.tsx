import type { ComputeClass } from '#protocol/contract/state.ts';
import { bind } from '../../components/class-names.ts';
import { CLASS_NAMES } from '../../format/hardware-words.ts';
import styles from './machine-class.module.css';

const cx = bind(styles);

/** Lowest first. */
const LADDER: readonly ComputeClass[] = ['cpu', 'integrated', 'low', 'mid', 'high', 'datacenter'];

export interface MachineClassProps {
  readonly computeClass: ComputeClass;
  readonly reason: string;
}

/** The class with which this machine takes part, where it stands among all of them, and why. */
export function MachineClass({ computeClass, reason }: MachineClassProps) {
  const rank = LADDER.indexOf(computeClass);
  return (
    <section className={cx('class')} aria-label="Class of this machine" data-testid="machine-class">
      <div className={cx('words')}>
        <h2 className={cx('label')}>Class of this machine</h2>
        <p className={cx('name')}>{CLASS_NAMES[computeClass]}</p>
        <p className={cx('reason')}>{reason}</p>
      </div>
      <ol className={cx('ladder')} aria-label={`Class ${rank + 1} of ${LADDER.length}, lowest first`}>
        {LADDER.map((step, index) => (
          <li key={step} className={cx('step', index <= rank && 'reached', index === rank && 'own')}>
            {CLASS_NAMES[step]}
          </li>
        ))}
      </ol>
    </section>
  );
}
