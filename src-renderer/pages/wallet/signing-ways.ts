import type { AppState } from '#protocol/contract/state.ts';
import type { CommandPayload } from '#protocol/contract/commands.ts';

type SigningKind = CommandPayload<'wallet.place'>['signing']['kind'];

type SigningWay =
  | { readonly kind: SigningKind }
  /** Nobody can sign here. */
  | { readonly kind: 'none'; readonly why: string };

/** How the wallet's coldkey signs on this machine: by its own key's kind, else by the devnet's play-money key. */
export function signingWay({ wallet, keys, network }: Pick<AppState, 'wallet' | 'keys' | 'network'>): SigningWay {
  const { coldkey } = keys;
  if (coldkey.kind !== 'missing' && coldkey.address === wallet.coldkey) {
    if (coldkey.kind === 'encrypted') return { kind: 'password' };
    if (coldkey.kind === 'extension') return { kind: 'extension' };
    return {
      kind: 'none',
      why: 'This wallet is watch-only: its key is elsewhere. Add the key, or connect your extension, under Keys.',
    };
  }
  if (network.name === 'devnet' && wallet.coldkey !== null) return { kind: 'devnet' };
  return { kind: 'none', why: 'There is no coldkey on this machine. Set one up under Keys.' };
}

export const SIGNING_WORDS: Readonly<Record<SigningKind, { readonly name: string; readonly effect: string }>> = {
  devnet: {
    name: 'With the devnet’s key',
    effect: 'One click signs. Devnet TAO has no value, so its key lies open on this machine.',
  },
  extension: {
    name: 'In your browser extension',
    effect: 'A page opens in your browser, and your extension shows the same order. Compare, and confirm it there.',
  },
  password: {
    name: 'With the password of the coldkey',
    effect: 'It opens the key on this machine for this one signature; then the key is wiped.',
  },
};
