import { bind } from '../../components/class-names.ts';
import { UNKNOWN } from '../../format/numbers.ts';
import styles from './facts.module.css';

const cx = bind(styles);

export interface FactsProps {
  readonly facts: readonly (readonly [name: string, value: string])[];
}

export function Facts({ facts }: FactsProps) {
  return (
    <dl className={cx('facts')}>
      {facts.map(([name, value]) => (
        <div key={name} className={cx('fact')}>
          <dt>{name}</dt>
          <dd className={cx('value', value === UNKNOWN && 'unknown')}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
