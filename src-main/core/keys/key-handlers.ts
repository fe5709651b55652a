import type { keyCommands } from '#protocol/contract/keys.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { CommandHandlers } from '../commands.ts';
import type { ExtensionAccount } from '../extension/ports.ts';
import type { Log } from '../log.ts';
import type { Keyring } from './keyring.ts';

interface ExtensionPort {
  /** Lets the owner choose an account, which takes as long as a person takes. @throws MillraceError in words for the owner */
  readonly connect: () => Promise<readonly ExtensionAccount[]>;
  readonly log: Log;
}

/** The keys' part of the contract. */
export const keyHandlers = (
  keyring: Keyring,
  { connect, log }: ExtensionPort,
): Pick<CommandHandlers, keyof typeof keyCommands> => ({
  'keys.create-hotkey': ({ password }) => keyring.createHotkey(password),
  'keys.unlock-hotkey': ({ password }) => keyring.unlockHotkey(password),
  'keys.create-coldkey': ({ password }) => keyring.createColdkey(password),
  'keys.confirm-coldkey': (request) => keyring.confirmColdkey(request),
  'keys.import-wallet': (request) => keyring.importWallet(request),
  'keys.import-mnemonic': (request) => keyring.importMnemonic(request),
  'keys.watch': ({ address }) => keyring.watch(address),
  'keys.connect-extension': () => {
    keyring.requireNoColdkey();
    // Not awaited: no page waits as long as a person may take. What comes of it is in the state.
    connect()
      .then(([account]) => {
        if (account !== undefined) keyring.useExtension(account.address, account.source);
      })
      .catch((error: unknown) => log('warning', `The extension: ${errorMessage(error)}`));
  },
  'keys.export': (request) => keyring.exportKeys(request),
  'keys.remove-hotkey': ({ address }) => keyring.removeHotkey(address),
  'keys.remove-coldkey': ({ address }) => keyring.removeColdkey(address),
  'keys.rescan': () => keyring.rescan(),
});
