/** What both a browser's WebSocket and the one of `ws` are. */
export interface WebSocketLike {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  send(text: string): void;
  close(): void;
}

/** A browser ignores the options; `ws` drops a message that is too large before it is in memory. */
export type WebSocketConstructor = new (
  url: string,
  protocols: string[],
  options: { readonly maxPayload: number; readonly perMessageDeflate: boolean },
) => WebSocketLike;
