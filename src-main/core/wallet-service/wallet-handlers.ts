import type { walletCommands } from '#protocol/contract/wallet.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { CommandHandlers } from '../commands.ts';

type WalletHandlers = Pick<CommandHandlers, keyof typeof walletCommands>;

const notYet = (): never => {
  throw new MillraceError('NOT_FOUND', 'The wallet cannot do this yet');
};

/** The wallet's part of the contract. */
export const walletHandlers: WalletHandlers = {
  'wallet.quote': notYet,
  'wallet.place': notYet,
  'wallet.cancel': notYet,
  'wallet.subnets': notYet,
  'wallet.validators': notYet,
  'wallet.check-address': notYet,
  'wallet.name-address': notYet,
  'wallet.forget-address': notYet,
  'wallet.export-history': notYet,
};
