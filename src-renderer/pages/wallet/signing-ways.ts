import type { CommandPayload } from '#protocol/contract/commands.ts';

export type SigningKind = CommandPayload<'wallet.place'>['signing']['kind'];

/** The chain of this machine, whose TAO has no value. */
export const isDevnet = (chainName: string): boolean => chainName === 'devnet';

/** In the order in which they are offered. What is not set up, main refuses in words. */
export const signingWays = (chainName: string): readonly SigningKind[] =>
  isDevnet(chainName) ? ['devnet', 'extension', 'password'] : ['extension', 'password'];

export const SIGNING_WORDS: Readonly<Record<SigningKind, { readonly name: string; readonly effect: string }>> = {
  devnet: { name: 'Devnet key', effect: 'One click. Devnet TAO has no value, so its key lies open on this machine.' },
  extension: {
    name: 'Browser extension',
    effect: 'A page opens in your browser. Your extension shows the same order; you confirm it there.',
  },
  password: {
    name: 'Password',
    effect: 'Opens the coldkey on this machine for this one signature, and forgets it after.',
  },
};
