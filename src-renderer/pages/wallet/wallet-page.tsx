import { CardGrid, CardStack } from '../../components/card-layout.tsx';
import { EmptyNote } from '../../components/empty-note.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { KeyIcon, VaultIcon } from '../../components/icons.tsx';
import { useAppState } from '../../store/context.tsx';
import { BalanceCard } from './balance-card.tsx';
import { KeyCard } from './key-card.tsx';
import { KeysSection } from './keys/keys-section.tsx';

export function WalletPage() {
  const kind = useAppState((state) => state.wallet.kind);
  const hotkey = useAppState((state) => state.wallet.hotkey);
  const coldkey = useAppState((state) => state.wallet.coldkey);
  return (
    <>
      <PageHeader title="Wallet" lead="Where your rewards go. Addresses are public: they may be shown to anyone." />
      {kind === 'missing' ? (
        <EmptyNote title="No wallet yet" testId="wallet-missing">
          Millrace has not set up keys on this machine so far. They appear here as soon as they exist; nothing can be
          earned before that.
        </EmptyNote>
      ) : (
        <CardStack>
          <BalanceCard />
          <CardGrid>
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
          </CardGrid>
          <KeysSection />
        </CardStack>
      )}
    </>
  );
}
