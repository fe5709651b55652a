import type { StakeState } from '#protocol/contract/wallet.ts';
import { Badge } from '../../components/badge.tsx';
import { Button } from '../../components/button.tsx';
import { bind } from '../../components/class-names.ts';
import { CheckIcon, ReceiveIcon, SendIcon, StakeIcon } from '../../components/icons.tsx';
import { NO_VALUE } from '../../format/chain-words.ts';
import { exactTaoText, taoText } from '../../format/tao.ts';
import { useAppState } from '../../store/context.tsx';
import styles from './balance-card.module.css';
import { BalanceParts } from './balance-parts.tsx';
import { totalsOf } from './totals.ts';
import { useBlocked } from './use-blocked.ts';
import type { OpenDialog } from './wallet-dialogs.ts';

const cx = bind(styles);

export function BalanceCard({ onOpen }: { readonly onOpen: OpenDialog }) {
  const stake = useAppState((state) => state.wallet.stake);
  const noValue = useAppState((state) => NO_VALUE[state.network.name]);
  return (
    <section className={cx('card')} aria-label="Balance">
      <header className={cx('header')}>
        <h2 className={cx('title')}>Total balance</h2>
        <Registered />
      </header>
      <Total stake={stake} />
      <Actions onOpen={onOpen} />
      <BalanceParts stake={stake} />
      {noValue !== null && <p className={cx('note')}>{noValue}</p>}
    </section>
  );
}

function Registered() {
  const isDevnet = useAppState((state) => state.network.name === 'devnet');
  return useAppState((state) => state.wallet.registered) ? (
    <Badge tone="good">
      <CheckIcon /> Hotkey registered
    </Badge>
  ) : (
    <span
      title={
        isDevnet
          ? 'Millrace registers the hotkey when you start earning.'
          : 'Your hotkey has no place in the chosen subnet. Registering it costs TAO, so only you do that.'
      }
    >
      <Badge tone="warn">Hotkey not registered</Badge>
    </span>
  );
}

function Total({ stake }: { readonly stake: StakeState | null }) {
  const balanceRao = useAppState((state) => state.wallet.balanceRao);
  const isOffline = useAppState((state) => state.network.chain === 'disconnected');
  if (stake === null) {
    return (
      <div className={cx('total')}>
        <p className={cx('unknown')} data-testid="balance">
          {isOffline ? 'Not known' : balanceRao === null ? 'Reading…' : `${taoText(balanceRao)} TAO free`}
        </p>
        <p className={cx('asOf')}>
          {isOffline ? 'The chain is out of reach.' : 'The rest is being read from the chain.'}
        </p>
      </div>
    );
  }
  const totalRao = totalsOf(stake).totalRao.toString();
  const [whole, fraction] = taoText(totalRao).split('.');
  return (
    <div className={cx('total')}>
      <p className={cx('number')} title={exactTaoText(totalRao)} data-testid="balance">
        {whole}
        <span className={cx('fraction')}>.{fraction}</span> <span className={cx('unit')}>TAO</span>
      </p>
      <p className={cx('asOf')}>
        Stake counted at today’s price, before the cost of selling. As of block {stake.block.toLocaleString('en')}.
      </p>
    </div>
  );
}

function Actions({ onOpen }: { readonly onOpen: OpenDialog }) {
  const blocked = useBlocked();
  const hasColdkey = useAppState((state) => state.wallet.coldkey !== null);
  const isRegistered = useAppState((state) => state.wallet.registered);
  const isDisabled = blocked !== null;
  return (
    <>
      <div className={cx('actions')}>
        <Button
          kind="primary"
          disabled={isDisabled}
          data-testid="open-stake"
          onClick={() => onOpen({ kind: 'stake', netuid: null, hotkey: null })}
        >
          <StakeIcon /> Stake
        </Button>
        <Button
          kind="secondary"
          disabled={isDisabled}
          data-testid="open-send"
          onClick={() => onOpen({ kind: 'send', to: '', position: null })}
        >
          <SendIcon /> Send
        </Button>
        <Button
          kind="secondary"
          disabled={!hasColdkey}
          data-testid="open-receive"
          onClick={() => onOpen({ kind: 'receive' })}
        >
          <ReceiveIcon /> Receive
        </Button>
        <Button
          kind={isRegistered ? 'quiet' : 'secondary'}
          disabled={isDisabled}
          data-testid="open-register"
          onClick={() => onOpen({ kind: 'register' })}
        >
          {isRegistered ? 'Register another hotkey' : 'Register your hotkey'}
        </Button>
      </div>
      {blocked !== null && (
        <p className={cx('blocked')} data-testid="wallet-blocked">
          {blocked}
        </p>
      )}
    </>
  );
}
