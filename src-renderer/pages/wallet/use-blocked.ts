import { useAppState, useIsConnected } from '../../store/context.tsx';
import { isDevnet } from './signing-ways.ts';

/** Why nothing can be signed now, in words; `null` when it can. */
export function useBlocked(): string | null {
  const isConnected = useIsConnected();
  const chain = useAppState((state) => state.network.chain);
  const coldkey = useAppState((state) => state.wallet.coldkey);
  const isRead = useAppState((state) => state.wallet.stake !== null);
  const swap = useAppState((state) => state.wallet.stake?.swap ?? null);
  if (!isConnected) return 'Millrace itself is out of reach.';
  if (coldkey === null) return 'There is no coldkey on this machine.';
  if (chain === 'starting') return 'The chain is starting.';
  if (chain === 'disconnected') return 'The chain is out of reach.';
  if (!isRead) return 'The balances are being read.';
  return swap === null ? null : 'This coldkey is about to move to another one.';
}

export const useIsDevnet = (): boolean => useAppState((state) => isDevnet(state.network.name));
