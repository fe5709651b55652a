import type { extensionCommands } from '#protocol/contract/extension.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Log } from '../log.ts';
import type { ExtensionAccount, ExtensionBridge } from './ports.ts';

export interface ExtensionHandlersOptions {
  readonly bridge: ExtensionBridge;
  /** Makes it the coldkey. @throws MillraceError, in words for the owner, when there is another */
  readonly keep: (account: ExtensionAccount) => void;
  /** Why an account that was chosen could not be kept. */
  readonly onTrouble: (message: string) => void;
  readonly log: Log;
}

/** An account is waited for until its owner gives it up or the time is over. */
const forever = new AbortController().signal;

/** The extension's part of the contract. */
export function extensionHandlers({
  bridge,
  keep,
  onTrouble,
  log,
}: ExtensionHandlersOptions): Pick<CommandHandlers, keyof typeof extensionCommands> {
  function keepFirst([account]: readonly ExtensionAccount[]): void {
    try {
      if (account !== undefined) keep(account);
    } catch (error) {
      onTrouble(errorMessage(error));
    }
  }
  return {
    'extension.connect': () => {
      // How it failed is in the state.
      bridge.connect(forever).then(keepFirst, (error: unknown) => log('info', `Extension: ${errorMessage(error)}`));
    },
    'extension.cancel': () => bridge.refuse(),
  };
}
