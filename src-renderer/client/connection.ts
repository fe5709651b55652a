import type { MillraceClient } from '#protocol/contract/commands.ts';

export type ConnectionStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'lost'; readonly attempt: number; readonly retryAtMs: number };

/** A client of main together with the news whether main can be reached. */
export interface Connection extends MillraceClient {
  /** Calls back at once with the present status, then with every change. Returns the unsubscribe function. */
  onStatus(listener: (status: ConnectionStatus) => void): () => void;
}

/** Electron IPC lives as long as its window, so it is always connected. */
export function ipcConnection(client: MillraceClient): Connection {
  return {
    command: (name, payload) => client.command(name, payload),
    subscribe: (onMessage) => client.subscribe(onMessage),
    onStatus(listener) {
      listener({ kind: 'connected' });
      return () => undefined;
    },
  };
}
