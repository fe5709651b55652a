import { useMemo } from 'react';
import type { CommandPayload } from '#protocol/contract/commands.ts';
import type { AddressReply } from '#protocol/contract/wallet.ts';
import { looksLikeAddress } from '../../format/address.ts';
import { useQuery } from '../../store/use-query.ts';

export interface AddressCheck {
  /** `null` before the answer. */
  readonly reply: AddressReply | null;
  readonly isLoading: boolean;
  /** What is wrong with the text, in words; `null` while nothing is known to be. */
  readonly problem: string | null;
}

/** What main says of an address that somebody typed; asked only once it is long enough to be one. */
export function useAddress(text: string, purpose: CommandPayload<'wallet.check-address'>['purpose']): AddressCheck {
  const address = text.trim();
  const isWhole = looksLikeAddress(address);
  const payload = useMemo(() => (isWhole ? { address, purpose } : null), [isWhole, address, purpose]);
  const { value, isLoading, failure } = useQuery('wallet.check-address', payload);
  if (address === '') return { reply: null, isLoading: false, problem: null };
  if (!isWhole) {
    return { reply: null, isLoading: false, problem: 'An address has about 48 letters and figures. Paste all of it.' };
  }
  if (value?.kind === 'invalid') return { reply: value, isLoading, problem: value.message };
  return { reply: value, isLoading, problem: failure === null ? null : `It could not be checked: ${failure}` };
}
