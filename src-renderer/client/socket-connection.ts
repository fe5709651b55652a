import type {
  ClientMessage,
  CommandName,
  CommandReply,
  RefusedCommand,
  ReplyTo,
  StateMessage,
} from '#protocol/contract/commands.ts';
import { backoffMs } from './backoff.ts';
import type { Connection, ConnectionStatus } from './connection.ts';
import { parseServerMessage } from './server-message.ts';

/** The part of a browser WebSocket that is used. */
export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

export interface SocketPorts {
  open(): SocketLike;
  /** Runs `callback` once after `delayMs`; returns the function that cancels it. */
  setTimer(callback: () => void, delayMs: number): () => void;
  /** Uniform in [0, 1). */
  random(): number;
  nowMs(): number;
}

const COMMAND_TIMEOUT_MS = 15_000;
/** A password takes its seconds, and on an old machine more of them; see LIMIT_MS in src-main/core/keys/keyring.ts. */
const KEY_COMMAND_TIMEOUT_MS = 125_000;
/** Connected only counts when the first message came: a server that accepts and hangs up keeps the backoff growing. */
const CONNECT_TIMEOUT_MS = 10_000;

const refused = (code: string, message: string): RefusedCommand => ({ ok: false, code, message });

/** Speaks the contract over a WebSocket and reconnects for ever; commands never throw, they answer `ok: false`. */
export function socketConnection(ports: SocketPorts): Connection {
  let status: ConnectionStatus = { kind: 'connecting' };
  let socket: SocketLike | null = null;
  let isOpen = false;
  let attempt = 0;
  let nextId = 1;
  let cancelConnectTimer = (): void => undefined;
  const listeners = new Set<(status: ConnectionStatus) => void>();
  const subscribers = new Set<(message: StateMessage) => void>();
  const waiting = new Map<number, (reply: CommandReply) => void>();

  const setStatus = (next: ConnectionStatus): void => {
    status = next;
    for (const listener of listeners) listener(next);
  };

  const send = (message: ClientMessage): void => socket?.send(JSON.stringify(message));

  const receive = (data: unknown): void => {
    const message = parseServerMessage(data);
    if (message === null) {
      drop();
      return;
    }
    cancelConnectTimer();
    attempt = 0;
    if (status.kind !== 'connected') setStatus({ kind: 'connected' });
    if (message.kind === 'reply') waiting.get(message.id)?.(message.reply);
    else for (const subscriber of subscribers) subscriber(message);
  };

  const drop = (): void => {
    if (socket === null) return;
    const closing = socket;
    closing.onopen = closing.onmessage = closing.onclose = null;
    socket = null;
    isOpen = false;
    cancelConnectTimer();
    closing.close();
    for (const settle of [...waiting.values()]) settle(refused('DISCONNECTED', 'The connection to Millrace was lost.'));
    attempt += 1;
    const delayMs = backoffMs(attempt, ports.random());
    setStatus({ kind: 'lost', attempt, retryAtMs: ports.nowMs() + delayMs });
    ports.setTimer(connect, delayMs);
  };

  const connect = (): void => {
    socket = ports.open();
    cancelConnectTimer = ports.setTimer(drop, CONNECT_TIMEOUT_MS);
    socket.onopen = () => {
      isOpen = true;
      send({ kind: 'subscribe' });
    };
    socket.onmessage = (event) => receive(event.data);
    socket.onclose = drop;
  };

  connect();

  return {
    command: <Name extends CommandName>(name: Name, payload: unknown) =>
      new Promise<ReplyTo<Name>>((resolve) => {
        if (!isOpen) {
          resolve(refused('DISCONNECTED', 'Millrace cannot be reached right now.'));
          return;
        }
        const id = nextId++;
        const settle = (reply: CommandReply): void => {
          cancel();
          waiting.delete(id);
          // Main answers a command by its own line of the contract.
          resolve(reply as ReplyTo<Name>);
        };
        const cancel = ports.setTimer(
          () => settle(refused('TIMEOUT', 'Millrace did not answer in time.')),
          name.startsWith('keys.') ? KEY_COMMAND_TIMEOUT_MS : COMMAND_TIMEOUT_MS,
        );
        waiting.set(id, settle);
        send({ kind: 'command', id, name, payload });
      }),
    subscribe(onMessage) {
      subscribers.add(onMessage);
      if (isOpen) send({ kind: 'subscribe' });
      return () => subscribers.delete(onMessage);
    },
    onStatus(listener) {
      listeners.add(listener);
      listener(status);
      return () => listeners.delete(listener);
    },
  };
}
