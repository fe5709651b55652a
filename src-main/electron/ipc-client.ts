import type { IpcRenderer } from 'electron';
import {
  IPC_COMMAND,
  IPC_STATE,
  IPC_SUBSCRIBE,
  type CommandName,
  type MillraceClient,
  type ReplyTo,
  type StateMessage,
} from '#protocol/contract/commands.ts';

/** The page's end of the contract. Only its two functions cross into the page, never Electron's own objects. */
export function createIpcClient(ipc: Pick<IpcRenderer, 'invoke' | 'send' | 'on'>): MillraceClient {
  const deliveries = new Set<(message: StateMessage) => void>();
  ipc.on(IPC_STATE, (_event, message: StateMessage) => {
    for (const deliver of [...deliveries]) deliver(message);
  });

  return {
    command: <Name extends CommandName>(name: Name, payload: unknown) =>
      ipc.invoke(IPC_COMMAND, name, payload) as Promise<ReplyTo<Name>>,
    subscribe: (onMessage) => {
      let hasSnapshot = false;
      const deliver = (message: StateMessage): void => {
        // Main sends one stream a page: patches of an earlier subscription may come before our snapshot.
        hasSnapshot ||= message.kind === 'snapshot';
        if (hasSnapshot) onMessage(message);
      };
      deliveries.add(deliver);
      ipc.send(IPC_SUBSCRIBE);
      return () => void deliveries.delete(deliver);
    },
  };
}
