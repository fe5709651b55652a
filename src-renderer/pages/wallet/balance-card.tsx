import { Badge } from '../../components/badge.tsx';
import { Card } from '../../components/card.tsx';
import { bind } from '../../components/class-names.ts';
import { CheckIcon } from '../../components/icons.tsx';
import { NO_VALUE } from '../../format/chain-words.ts';
import { TaoAmount } from '../../components/tao-amount.tsx';
import { useAppState } from '../../store/context.tsx';
import styles from './balance-card.module.css';

const cx = bind(styles);

export function BalanceCard() {
  const balanceRao = useAppState((state) => state.wallet.balanceRao);
  const registered = useAppState((state) => state.wallet.registered);
  const isChainConnected = useAppState((state) => state.network.chain === 'connected');
  const chain = useAppState((state) => state.network.name);
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
          : chain === 'devnet'
            ? 'Your hotkey has no place on the chain yet. Millrace registers it when you start earning.'
            : 'Your hotkey has no place in the chosen subnet. Registering it costs TAO, so only you do that.'}{' '}
        Rewards are staked and not in this balance. {NO_VALUE[chain]}
      </p>
    </Card>
  );
}
