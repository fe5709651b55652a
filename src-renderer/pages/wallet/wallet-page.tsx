import { bind } from '../../components/class-names.ts';
import { PageHeader } from '../../components/page-header.tsx';
import { KeyIcon, VaultIcon } from '../../components/icons.tsx';
import { useAppState } from '../../store/context.tsx';
import { BalanceCard } from './balance-card.tsx';
import { KeyCard } from './key-card.tsx';
import styles from './wallet-page.module.css';

const cx = bind(styles);

export function WalletPage() {
  const kind = useAppState((state) => state.wallet.kind);
  const hotkey = useAppState((state) => state.wallet.hotkey);
  const coldkey = useAppState((state) => state.wallet.coldkey);
  return (
    <>
      <PageHeader title="Wallet" lead="Where your rewards go. Addresses are public: they may be shown to anyone." />
      {kind === 'missing' ? (
        <section className={cx('missing')} aria-label="No wallet" data-testid="wallet-missing">
          <h2 className={cx('missingTitle')}>No wallet yet</h2>
          <p>
            Millrace has not set up keys on this machine so far. They appear here as soon as they exist; nothing can be
            earned before that.
          </p>
        </section>
      ) : (
        <div className={cx('page')}>
          <BalanceCard />
          <div className={cx('grid')}>
            <KeyCard
              title="Coldkey"
              icon={<VaultIcon />}
              address={coldkey}
              what="Owns the money. It receives your rewards, and only it can spend them."
            />
            <KeyCard
              title="Hotkey"
              icon={<KeyIcon />}
              address={hotkey}
              what="Does the work. It signs your updates on this machine and holds no money."
            />
          </div>
        </div>
      )}
    </>
  );
}
