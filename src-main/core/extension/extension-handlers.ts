import type { extensionCommands, ExtensionState } from '#protocol/contract/extension.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Log } from '../log.ts';
import type { ExtensionAccount, ExtensionBridge } from './ports.ts';

export interface ExtensionHandlersOptions {
  readonly bridge: ExtensionBridge;
  /** @throws MillraceError, in words for the owner, when no account can be kept anyway */
  readonly mayKeep: () => void;
  /** Makes it the coldkey. @throws MillraceError, in words for the owner, when there is another */
  readonly keep: (account: ExtensionAccount) => void;
  readonly state: () => ExtensionState;
  readonly show: (state: ExtensionState) => void;
  readonly log: Log;
}

/** An account is waited for until its owner gives it up or the time is over. */
const forever = new AbortController().signal;

/**
 * The extension's part of the contract. What the page answered is kept only when the owner has confirmed it in the app: a browser
 * sends a cookie to every port of this machine, so that another program here could have got it, and answered in the page's place.
 */
export function extensionHandlers({
  bridge,
  mayKeep,
  keep,
  state,
  show,
  log,
}: ExtensionHandlersOptions): Pick<CommandHandlers, keyof typeof extensionCommands> {
  function askFirst([account]: readonly ExtensionAccount[]): void {
    if (account !== undefined) show({ kind: 'confirming', account });
  }
  return {
    'extension.connect': () => {
      mayKeep();
      // How it failed is in the state.
      bridge.connect(forever).then(askFirst, (error: unknown) => log('info', `Extension: ${errorMessage(error)}`));
    },
    'extension.confirm': ({ address }) => {
      const asked = state();
      if (asked.kind !== 'confirming' || asked.account.address !== address)
        throw new MillraceError('NOT_FOUND', 'This account is no longer asked about. Connect the extension again.');
      keep(asked.account);
      show({ kind: 'idle' });
    },
    'extension.cancel': () => {
      if (state().kind === 'confirming') show({ kind: 'idle' });
      else bridge.refuse();
    },
  };
}
