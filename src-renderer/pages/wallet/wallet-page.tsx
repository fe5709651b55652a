import { useState } from 'react';
import { CardStack } from '../../components/card-layout.tsx';
import { EmptyNote } from '../../components/empty-note.tsx';
import { PageHeader } from '../../components/page-header.tsx';
import { Tabs, type Tab } from '../../components/tabs.tsx';
import { useAppState } from '../../store/context.tsx';
import { AddressBook } from './address-book.tsx';
import { History } from './history.tsx';
import { KeysSection } from './keys/keys-section.tsx';
import { Overview } from './overview.tsx';
import { OpenedDialog } from './opened-dialog.tsx';
import { Validators } from './validators.tsx';
import { WalletBanners } from './wallet-banners.tsx';
import type { WalletDialog } from './wallet-dialogs.ts';

type TabKey = 'overview' | 'validators' | 'history' | 'addresses' | 'keys';

const TABS: readonly Tab<TabKey>[] = [
  { key: 'overview', label: 'Overview' },
  { key: 'validators', label: 'Validators' },
  { key: 'history', label: 'History' },
  { key: 'addresses', label: 'Address book' },
  { key: 'keys', label: 'Keys' },
];

export function WalletPage() {
  const kind = useAppState((state) => state.wallet.kind);
  const [tab, setTab] = useState<TabKey>('overview');
  const [dialog, setDialog] = useState<WalletDialog | null>(null);
  return (
    <>
      <PageHeader title="Wallet" lead="Your TAO, your stake, and every order. Nothing is signed without your click." />
      {kind === 'missing' ? (
        <CardStack>
          <EmptyNote title="No wallet yet" testId="wallet-missing">
            Millrace has not set up keys on this machine so far. They appear here as soon as they exist; nothing can be
            earned before that.
          </EmptyNote>
          <KeysSection />
        </CardStack>
      ) : (
        <>
          <WalletBanners />
          <Tabs label="Wallet" tabs={TABS} selected={tab} onSelect={setTab}>
            {tab === 'overview' && <Overview onOpen={setDialog} />}
            {tab === 'validators' && <Validators onOpen={setDialog} />}
            {tab === 'history' && <History />}
            {tab === 'addresses' && <AddressBook onOpen={setDialog} />}
            {tab === 'keys' && <KeysSection />}
          </Tabs>
        </>
      )}
      {dialog !== null && <OpenedDialog dialog={dialog} onClose={() => setDialog(null)} />}
    </>
  );
}
