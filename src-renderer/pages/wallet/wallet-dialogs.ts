import type { StakePosition } from '#protocol/contract/wallet.ts';

/** Which dialog is open, and with what it begins. */
export type WalletDialog =
  | { readonly kind: 'stake'; readonly netuid: number | null; readonly hotkey: string | null }
  | { readonly kind: 'unstake' | 'move'; readonly position: StakePosition }
  | { readonly kind: 'send'; readonly to: string; readonly position: StakePosition | null }
  | { readonly kind: 'register' | 'receive' };

export type OpenDialog = (dialog: WalletDialog) => void;
