import { exactTaoText, taoText } from '../format/tao.ts';
import { bind } from './class-names.ts';
import styles from './tao-amount.module.css';

const cx = bind(styles);

export interface TaoAmountProps {
  readonly amountRao: string;
  /** Names the number, without its unit. */
  readonly testId: string;
}

/** The one large number of a card; its tooltip has every decimal. */
export function TaoAmount({ amountRao, testId }: TaoAmountProps) {
  return (
    <p className={cx('amount')} title={exactTaoText(amountRao)}>
      <span data-testid={testId}>{taoText(amountRao)}</span> <span className={cx('unit')}>TAO</span>
    </p>
  );
}
