import type { MillraceClient } from '#protocol/contract/commands.ts';
import { ipcConnection, type Connection } from './connection.ts';
import { socketConnection, type SocketLike } from './socket-connection.ts';

declare global {
  interface Window {
    /** Put there by the preload script; missing in a browser. */
    readonly millrace?: MillraceClient;
  }
}

const socketUrl = (location: Location): string =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`;

function openSocket(url: string): SocketLike {
  const socket = new WebSocket(url);
  const port: SocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (text) => socket.send(text),
    close: () => socket.close(),
  };
  socket.addEventListener('open', () => port.onopen?.());
  socket.addEventListener('message', (event) => port.onmessage?.({ data: event.data as unknown }));
  socket.addEventListener('close', () => port.onclose?.());
  return port;
}

/** The app window's own channel where there is one, else the loopback WebSocket of the page's server. */
export function connectFrom(window: Window): Connection {
  if (window.millrace !== undefined) return ipcConnection(window.millrace);
  return socketConnection({
    open: () => openSocket(socketUrl(window.location)),
    setTimer(callback, delayMs) {
      const timer = window.setTimeout(callback, delayMs);
      return () => window.clearTimeout(timer);
    },
    random: () => Math.random(),
    nowMs: () => Date.now(),
  });
}
