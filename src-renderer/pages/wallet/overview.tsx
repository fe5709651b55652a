import { CardGrid, CardStack } from '../../components/card-layout.tsx';
import { KeyIcon, VaultIcon } from '../../components/icons.tsx';
import { useAppState } from '../../store/context.tsx';
import { BalanceCard } from './balance-card.tsx';
import { KeyCard } from './key-card.tsx';
import { StakeCard } from './stake-card.tsx';
import type { OpenDialog } from './wallet-dialogs.ts';

export function Overview({ onOpen }: { readonly onOpen: OpenDialog }) {
  const hotkey = useAppState((state) => state.wallet.hotkey);
  const coldkey = useAppState((state) => state.wallet.coldkey);
  return (
    <CardStack>
      <BalanceCard onOpen={onOpen} />
      <StakeCard onOpen={onOpen} />
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
    </CardStack>
  );
}
