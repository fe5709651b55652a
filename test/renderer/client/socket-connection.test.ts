import { describe, expect, it } from 'vitest';
import type { ServerMessage, StateMessage } from '#protocol/contract/commands.ts';
import type { ConnectionStatus } from '#renderer/client/connection.ts';
import { socketConnection, type SocketLike } from '#renderer/client/socket-connection.ts';
import { states } from '../fixtures/states.ts';

interface HandSocket extends SocketLike {
  readonly sent: unknown[];
  isClosed: boolean;
}

/** Sockets, timers and time in the test's hands. */
function ports() {
  const sockets: HandSocket[] = [];
  const timers: { callback: () => void; delayMs: number; isCancelled: boolean }[] = [];
  return {
    sockets,
    last: () => sockets.at(-1)!,
    receive: (message: ServerMessage) => sockets.at(-1)!.onmessage?.({ data: JSON.stringify(message) }),
    /** Runs every pending timer of this delay. */
    fire: (delayMs: number) => {
      const due = timers.filter((timer) => !timer.isCancelled && timer.delayMs === delayMs);
      for (const timer of due) {
        timer.isCancelled = true;
        timer.callback();
      }
      return due.length;
    },
    open: () => {
      const socket: HandSocket = {
        onopen: null,
        onmessage: null,
        onclose: null,
        sent: [],
        isClosed: false,
        send: (text) => socket.sent.push(JSON.parse(text)),
        close: () => (socket.isClosed = true),
      };
      sockets.push(socket);
      return socket;
    },
    setTimer: (callback: () => void, delayMs: number) => {
      const timer = { callback, delayMs, isCancelled: false };
      timers.push(timer);
      return () => {
        timer.isCancelled = true;
      };
    },
    random: () => 0.5,
    nowMs: () => 1_000,
  };
}

const snapshot: StateMessage = { kind: 'snapshot', sequence: 1, state: states.empty };

function connected() {
  const hand = ports();
  const connection = socketConnection(hand);
  const messages: StateMessage[] = [];
  const statuses: ConnectionStatus[] = [];
  connection.subscribe((message) => messages.push(message));
  connection.onStatus((status) => statuses.push(status));
  hand.last().onopen?.();
  hand.receive(snapshot);
  return { hand, connection, messages, statuses };
}

describe('socketConnection', () => {
  it('subscribes on open, hands the snapshot on, and counts as connected with it', () => {
    const { hand, messages, statuses } = connected();
    expect(hand.last().sent).toEqual([{ kind: 'subscribe' }]);
    expect(messages).toEqual([snapshot]);
    expect(statuses).toEqual([{ kind: 'connecting' }, { kind: 'connected' }]);
  });

  it('sends commands under rising numbers and gives each its own reply', async () => {
    const { hand, connection } = connected();
    const start = connection.command('work.start', {});
    const theme = connection.command('settings.update', { theme: 'dark' });
    expect(hand.last().sent.slice(1)).toEqual([
      { kind: 'command', id: 1, name: 'work.start', payload: {} },
      { kind: 'command', id: 2, name: 'settings.update', payload: { theme: 'dark' } },
    ]);
    hand.receive({ kind: 'reply', id: 2, reply: { ok: false, code: 'SETTINGS', message: 'disk full' } });
    hand.receive({ kind: 'reply', id: 1, reply: { ok: true } });
    await expect(start).resolves.toEqual({ ok: true });
    await expect(theme).resolves.toEqual({ ok: false, code: 'SETTINGS', message: 'disk full' });
  });

  it('answers a command that gets no reply in time', async () => {
    const { hand, connection } = connected();
    const pause = connection.command('work.pause', {});
    expect(hand.fire(15_000)).toBe(1);
    await expect(pause).resolves.toMatchObject({ ok: false, code: 'TIMEOUT' });
  });

  it('refuses waiting and new commands when the connection is lost', async () => {
    const { hand, connection } = connected();
    const waiting = connection.command('work.start', {});
    hand.last().onclose?.();
    await expect(waiting).resolves.toMatchObject({ ok: false, code: 'DISCONNECTED' });
    await expect(connection.command('work.start', {})).resolves.toMatchObject({ ok: false, code: 'DISCONNECTED' });
  });

  it('reconnects with a growing delay, and starts over after a good connection', () => {
    const { hand, statuses } = connected();
    for (const delayMs of [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      hand.last().onclose?.();
      expect(statuses.at(-1)).toMatchObject({ kind: 'lost', retryAtMs: 1_000 + delayMs });
      expect(hand.fire(delayMs)).toBeGreaterThan(0);
    }
    hand.last().onopen?.();
    expect(statuses.at(-1)?.kind).toBe('lost');
    hand.receive(snapshot);
    expect(statuses.at(-1)).toEqual({ kind: 'connected' });
    hand.last().onclose?.();
    expect(statuses.at(-1)).toEqual({ kind: 'lost', attempt: 1, retryAtMs: 1_500 });
  });

  it('gives up on a socket that opens but stays silent', () => {
    const hand = ports();
    const connection = socketConnection(hand);
    const statuses: ConnectionStatus[] = [];
    connection.onStatus((status) => statuses.push(status));
    hand.last().onopen?.();
    expect(hand.fire(10_000)).toBe(1);
    expect(hand.last().isClosed).toBe(true);
    expect(statuses.at(-1)?.kind).toBe('lost');
  });

  it.each([
    ['no JSON', '{'],
    ['no message', '{"kind":"dance"}'],
    ['bytes', new Uint8Array(3)],
  ])('hangs up on a server that sends %s', (_what, data) => {
    const { hand, messages } = connected();
    hand.last().onmessage?.({ data });
    expect(hand.last().isClosed).toBe(true);
    expect(messages).toEqual([snapshot]);
  });

  it('asks for a new snapshot when subscribed to while open, and not after unsubscribing', () => {
    const { hand, connection, messages } = connected();
    const others: StateMessage[] = [];
    const unsubscribe = connection.subscribe((message) => others.push(message));
    expect(hand.last().sent).toEqual([{ kind: 'subscribe' }, { kind: 'subscribe' }]);
    unsubscribe();
    hand.receive(snapshot);
    expect(others).toEqual([]);
    expect(messages).toHaveLength(2);
  });
});
