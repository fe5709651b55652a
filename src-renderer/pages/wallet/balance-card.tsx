import { Badge } from '../../components/badge.tsx';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { CheckIcon } from '../../components/icons.tsx';
import { TaoAmount } from '../../components/tao-amount.tsx';
import { useAppState } from '../../store/context.tsx';
import styles from './balance-card.module.css';

const cx = bind(styles);

export function BalanceCard() {
  const balanceRao = useAppState((state) => state.wallet.balanceRao);
  const registered = useAppState((state) => state.wallet.registered);
  const isChainConnected = useAppState((state) => state.network.chain === 'connected');
  return (
    <Card
      title="Balance"
      aside={
        registered ? (
          <Badge tone="good">
            <CheckIcon /> Registered
          </Badge>
        ) : (
          <Badge tone="warn">Not registered</Badge>
        )
      }
    >
      {balanceRao === null ? (
        <p className={cx('unknown')} data-testid="balance">
          {isChainConnected ? 'Reading from the chain…' : 'Unknown while the chain is out of reach'}
        </p>
      ) : (
        <TaoAmount amountRao={balanceRao} testId="balance" />
      )}
      <p className={cx('note')}>
        {registered
          ? 'Your hotkey has its place on the chain, so validators score its updates.'
          : 'Your hotkey has no place on the chain yet. Millrace registers it when you start earning.'}{' '}
        Rewards are staked and not in this balance. Devnet TAO has no value; it shows that everything works.
      </p>
    </Card>
  );
}
