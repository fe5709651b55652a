import type { keyCommands } from '#protocol/contract/keys.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Keyring } from './keyring.ts';

/** The keys' part of the contract. */
export const keyHandlers = (keyring: Keyring): Pick<CommandHandlers, keyof typeof keyCommands> => ({
  'keys.create-hotkey': ({ password }) => keyring.createHotkey(password),
  'keys.unlock-hotkey': ({ password }) => keyring.unlockHotkey(password),
  'keys.create-coldkey': ({ password }) => keyring.createColdkey(password),
  'keys.confirm-coldkey': (request) => keyring.confirmColdkey(request),
  'keys.import-wallet': (request) => keyring.importWallet(request),
  'keys.import-mnemonic': (request) => keyring.importMnemonic(request),
  'keys.watch': ({ address }) => keyring.watch(address),
  'keys.use-extension': ({ address, source }) => keyring.useExtension(address, source),
  'keys.export': (request) => keyring.exportKeys(request),
  'keys.remove-hotkey': ({ address }) => keyring.removeHotkey(address),
  'keys.remove-coldkey': ({ address }) => keyring.removeColdkey(address),
  'keys.rescan': () => keyring.rescan(),
});
