import { useCallback } from 'react';
import { useAppState } from '../../store/context.tsx';

/** How the owner calls an address: by the address book, or as this machine's own; `null` for a stranger. */
export function useNames(): (address: string) => string | null {
  const addressBook = useAppState((state) => state.wallet.addressBook);
  const hotkey = useAppState((state) => state.wallet.hotkey);
  const coldkey = useAppState((state) => state.wallet.coldkey);
  return useCallback(
    (address) => {
      const entry = addressBook.find((one) => one.address === address);
      if (entry !== undefined) return entry.name;
      if (address === hotkey) return 'This machine';
      return address === coldkey ? 'My coldkey' : null;
    },
    [addressBook, hotkey, coldkey],
  );
}
