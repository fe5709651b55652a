import { bind } from '../components/class-names.ts';
import type { ShownCall, ShownLine } from '#protocol/contract/extension.ts';
import styles from './extension-page.module.css';

const cx = bind(styles);

/** SS58 with prefix 42. */
const ADDRESS = /^5[1-9A-HJ-NP-Za-km-z]{46,47}$/;

export interface ShownCallLinesProps {
  readonly address: string;
  readonly chain: string;
  readonly shown: ShownCall;
}

/** What is to be signed, as Millrace says it and as the bytes say it. */
export function ShownCallLines({ address, chain, shown }: ShownCallLinesProps) {
  const all: readonly ShownLine[] = [
    ...shown.lines,
    { label: 'Signed by', value: address },
    { label: 'Chain', value: chain },
  ];
  return (
    <>
      <dl className={cx('lines')}>
        {all.map(({ label, value }, index) => (
          <div key={index} className={cx('line')}>
            <dt>{label}</dt>
            <dd className={cx(ADDRESS.test(value) && 'code')}>{value}</dd>
          </div>
        ))}
      </dl>
      <div className={cx('bytes')}>
        <h2 className={cx('label')}>The call, read from the bytes that are signed; amounts in the smallest unit</h2>
        <dl className={cx('call')} data-testid="decoded-call">
          {shown.call.map(({ label, value }, index) => (
            <div key={index} className={cx('line')}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
    </>
  );
}
