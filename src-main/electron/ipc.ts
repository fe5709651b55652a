import type { IpcMain, IpcMainEvent, IpcMainInvokeEvent, WebContents } from 'electron';
import {
  IPC_COMMAND,
  IPC_STATE,
  IPC_SUBSCRIBE,
  type CommandReply,
  type StateMessage,
} from '#protocol/contract/commands.ts';
import type { App } from '#main/core/app.ts';
import type { Log } from '#main/core/log.ts';

export interface IpcOptions {
  readonly ipc: Pick<IpcMain, 'handle' | 'on'>;
  readonly core: Pick<App, 'command' | 'store'>;
  readonly isTrusted: (event: IpcMainEvent | IpcMainInvokeEvent) => boolean;
  readonly log: Log;
}

const REFUSED: CommandReply = { ok: false, code: 'FORBIDDEN', message: 'Only the Millrace window may ask this' };

/** The contract over Electron's IPC: commands in, state messages out. Whoever is not our page is refused. */
export function serveIpc({ ipc, core, isTrusted, log }: IpcOptions): void {
  const subscriptions = new Map<WebContents, () => void>();

  ipc.handle(IPC_COMMAND, (event, name: unknown, payload: unknown) => {
    if (isTrusted(event)) return core.command(name, payload);
    log('warning', 'A command from an unknown sender was refused');
    return REFUSED;
  });

  ipc.on(IPC_SUBSCRIBE, (event) => {
    const { sender } = event;
    if (!isTrusted(event)) {
      log('warning', 'A subscription of an unknown sender was refused');
      return;
    }
    const end = (): void => subscriptions.get(sender)?.();
    // Also on a gap: whoever asks again starts over with a snapshot, and there is one stream a page.
    end();
    subscriptions.set(sender, subscribe(core.store, sender, end));
  });

  function subscribe(store: App['store'], sender: WebContents, end: () => void): () => void {
    const unsubscribe = store.subscribe((message: StateMessage) => {
      if (!sender.isDestroyed()) sender.send(IPC_STATE, message);
    });
    // A new page asks anew; until then nobody may overhear.
    sender.on('did-start-navigation', endOnNavigation);
    sender.once('destroyed', end);
    sender.once('render-process-gone', end);
    return () => {
      unsubscribe();
      subscriptions.delete(sender);
      sender.off('did-start-navigation', endOnNavigation);
      sender.off('destroyed', end);
      sender.off('render-process-gone', end);
    };

    function endOnNavigation({ isMainFrame, isSameDocument }: Navigation): void {
      if (isMainFrame && !isSameDocument) end();
    }
  }
}

interface Navigation {
  readonly isMainFrame: boolean;
  readonly isSameDocument: boolean;
}
