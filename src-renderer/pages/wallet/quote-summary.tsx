import type { AmountText, OrderInput, QuoteText } from '#protocol/contract/wallet.ts';
import { bind } from '../../components/class-names.ts';
import { exactUnits } from '../../format/amounts.ts';
import { exactAlphaText, exactTaoText } from '../../format/tao.ts';
import { counterparty } from './order-words.ts';
import styles from './quote-summary.module.css';
import { leastWords, receivesNumber } from './quote-words.ts';
import { useNames } from './use-names.ts';

const cx = bind(styles);

/** The heart of a quote: what goes, what comes, and to whom. */
export function QuoteSummary({ order, quote }: { readonly order: OrderInput; readonly quote: QuoteText }) {
  const nameOf = useNames();
  const { label, address } = counterparty(order);
  const name = nameOf(address);
  return (
    <dl className={cx('summary')} data-testid="quote-summary">
      <div className={cx('side')}>
        <dt>You pay</dt>
        <Side amount={quote.pays} number={exactUnits(quote.pays.amount)} below={null} />
      </div>
      <div className={cx('side')}>
        <dt>{receivesLabel(order)}</dt>
        {quote.receives === null ? (
          <dd className={cx('words')}>A place in subnet {order.kind === 'register' ? order.netuid : ''}</dd>
        ) : (
          <Side amount={quote.receives} number={receivesNumber(quote, quote.receives)} below={leastWords(quote)} />
        )}
      </div>
      <div className={cx('whom')}>
        <dt>{label}</dt>
        <dd>
          {name !== null && <span className={cx('name')}>{name}</span>}
          <span className={cx('address')}>{address}</span>
        </dd>
      </div>
    </dl>
  );
}

const receivesLabel = ({ kind }: OrderInput): string =>
  kind === 'transfer' || kind === 'transfer-stake' ? 'They get' : 'You get';

interface SideProps {
  readonly amount: AmountText;
  readonly number: string;
  readonly below: string | null;
}

function Side({ amount, number, below }: SideProps) {
  return (
    <dd title={amount.unit === 'tao' ? exactTaoText(amount.amount) : exactAlphaText(amount.amount)}>
      <span className={cx('number')}>{number}</span>{' '}
      <span className={cx('unit')}>{amount.unit === 'tao' ? 'TAO' : `alpha of subnet ${amount.netuid}`}</span>
      {below !== null && <span className={cx('below')}>{below}</span>}
    </dd>
  );
}
