import { assertNever } from '#protocol/assert-never.ts';
import type { OrderInput } from '#protocol/contract/wallet.ts';
import { MillraceError } from '#protocol/errors.ts';
import { parseAlphaTokens, parseTao } from '#main/core/staking/amounts.ts';
import { EVERYTHING } from '#main/core/staking/orders.ts';
import type { WalletOptions } from './wallet-command-line.ts';

/**
 * The order that a command line asks for.
 * @param ownHotkey stands where none is named; `null`: there is none
 * @throws MillraceError USAGE for an amount that is none, and where no hotkey is named and there is none
 */
export function orderInputOf(options: WalletOptions, ownHotkey: string | null): OrderInput {
  const { action, amount = '', hotkey = ownHotkey ?? '', netuid = 0, toHotkey = hotkey, toNetuid = netuid } = options;
  switch (action) {
    case 'stake':
      return { kind: 'stake', hotkey, netuid, amount: taoIn(amount) };
    case 'unstake':
      return { kind: 'unstake', hotkey, netuid, amount: alphaIn(amount) };
    case 'move': {
      const to = { hotkey: toHotkey, netuid: toNetuid };
      return { kind: 'move', from: { hotkey, netuid }, to, amount: alphaIn(amount) };
    }
    case 'transfer':
      return { kind: 'transfer', to: options.to ?? '', amount: taoIn(amount) };
    case 'register':
      if (hotkey === '') throw new MillraceError('USAGE', 'There is no hotkey here to register: name one by --hotkey');
      return { kind: 'register', hotkey, netuid };
    case 'balance':
    case 'validators':
    case 'history':
      throw new MillraceError('USAGE', 'This is no order');
    default:
      return assertNever(action, 'wallet action');
  }
}

const taoIn = (typed: string): string => (parseTao(typed) ?? wrong(typed)).toString();
const alphaIn = (typed: string): string =>
  typed === 'all' ? EVERYTHING : (parseAlphaTokens(typed) ?? wrong(typed)).toString();

function wrong(typed: string): never {
  throw new MillraceError('USAGE', `“${typed}” is no amount: write it as 1.25, with at most 9 decimals`);
}
