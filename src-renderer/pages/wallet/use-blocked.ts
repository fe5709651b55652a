import { useAppState, useIsConnected } from '../../store/context.tsx';
import { signingWay } from './signing-ways.ts';

/** Why nothing can be signed now, in words; `null` when it can. */
export function useBlocked(): string | null {
  const isConnected = useIsConnected();
  const chain = useAppState((state) => state.network.chain);
  const isRead = useAppState((state) => state.wallet.stake !== null);
  const hasSwap = useAppState((state) => state.wallet.stake !== null && state.wallet.stake.swap !== null);
  const whyNone = useAppState((state) => {
    const way = signingWay(state);
    return way.kind === 'none' ? way.why : null;
  });
  if (!isConnected) return 'Millrace itself is out of reach, so nothing can be signed.';
  if (whyNone !== null) return whyNone;
  if (chain === 'starting') return 'The chain is starting.';
  if (chain === 'disconnected') return 'The chain is out of reach, so nothing can be signed.';
  if (!isRead) return 'The balances are being read.';
  return hasSwap ? 'This coldkey is about to move to another one, so it can sign nothing else.' : null;
}
