import { EventEmitter } from 'node:events';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ChannelProcess, CLOSE_GRACE_MS, openParentChannel } from '#worker/process/parent-channel.ts';

const startSchema = v.strictObject({ kind: v.literal('start'), port: v.number() });

/** A process forked by Node, played by the test. */
class ForkedProcess extends EventEmitter {
  connected = true;
  readonly sent: { readonly message: unknown; readonly flushed: (error: Error | null) => void }[] = [];
  readonly exits: number[] = [];
  send(message: unknown, flushed: (error: Error | null) => void): boolean {
    this.sent.push({ message, flushed });
    return true;
  }
  exit(code: number): void {
    this.exits.push(code);
  }
}

/** Electron's utility process. */
class UtilityProcess extends EventEmitter {
  readonly exits: number[] = [];
  readonly posted: unknown[] = [];
  readonly port = new EventEmitter();
  readonly parentPort = {
    on: (event: 'message', listener: (event: { readonly data: unknown }) => void) => this.port.on(event, listener),
    postMessage: (message: unknown) => void this.posted.push(message),
  };
  exit(code: number): void {
    this.exits.push(code);
  }
}

const hosts = [
  {
    name: 'a process forked by Node',
    open() {
      const host = new ForkedProcess();
      return {
        channel: openParentChannel(host)!,
        receive: (message: unknown) => void host.emit('message', message),
        sent: () => host.sent.map(({ message }) => message),
      };
    },
  },
  {
    name: 'a utility process of Electron',
    open() {
      const host = new UtilityProcess();
      return {
        channel: openParentChannel(host)!,
        receive: (message: unknown) => void host.port.emit('message', { data: message }),
        sent: () => host.posted,
      };
    },
  },
];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each(hosts)('the parent channel of $name', (host) => {
  const open = () => host.open();

  it('gives the first message, whether it comes early or late', async () => {
    const early = open();
    early.receive({ kind: 'start', port: 1 });
    expect(await early.channel.firstMessage(startSchema)).toEqual({ kind: 'start', port: 1 });

    const late = open();
    const message = late.channel.firstMessage(startSchema);
    late.receive({ kind: 'start', port: 2 });
    expect(await message).toEqual({ kind: 'start', port: 2 });
  });

  it('gives all the others to the listener, in order, also those that came before it listened', async () => {
    const { channel, receive } = open();
    receive({ kind: 'start', port: 1 });
    receive('a');
    await channel.firstMessage(startSchema);
    receive('b');
    const seen: unknown[] = [];
    const stop = channel.onMessage((message) => seen.push(message));
    receive('c');
    stop();
    receive('d');
    expect(seen).toEqual(['a', 'b', 'c']);
  });

  it('refuses a first message in the wrong form and names the field', async () => {
    const { channel, receive } = open();
    receive({ kind: 'start', port: 'x' });
    await expect(channel.firstMessage(startSchema)).rejects.toThrow('First message of the parent process: port');
  });

  it('does not wait for the first message for ever', async () => {
    const { channel } = open();
    const message = expect(channel.firstMessage(startSchema, { timeoutMs: 500 })).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
    await vi.advanceTimersByTimeAsync(500);
    await message;
  });

  it('stops waiting when told', async () => {
    const { channel } = open();
    const controller = new AbortController();
    const message = channel.firstMessage(startSchema, { signal: controller.signal });
    controller.abort();
    await expect(message).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('sends', () => {
    const { channel, sent } = open();
    channel.send({ kind: 'ready', url: null });
    expect(sent()).toEqual([{ kind: 'ready', url: null }]);
  });
});

describe('a process forked by Node', () => {
  it('exits at once when its parent is gone and nobody minds', () => {
    const host = new ForkedProcess();
    openParentChannel(host);
    host.emit('disconnect');
    vi.advanceTimersByTime(0);
    expect(host.exits).toEqual([0]);
  });

  it('has a moment to finish when it minds, and no longer', () => {
    const host = new ForkedProcess();
    let told = 0;
    openParentChannel(host)?.onClose(() => void (told += 1));
    host.emit('disconnect');
    expect(told).toBe(1);
    vi.advanceTimersByTime(CLOSE_GRACE_MS - 1);
    expect(host.exits).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(host.exits).toEqual([0]);
  });

  it('says nothing to a parent that is gone', () => {
    const host = new ForkedProcess();
    const channel = openParentChannel(host);
    host.connected = false;
    channel?.send({ kind: 'ready', url: null });
    expect(host.sent).toEqual([]);
  });

  it('exits when its last words are on their way', async () => {
    const host = new ForkedProcess();
    const channel = openParentChannel(host);
    channel?.send({ kind: 'failed', code: 'X', message: 'last words' });
    channel?.exit(1);
    await vi.advanceTimersByTimeAsync(0);
    expect(host.exits).toEqual([]);
    host.sent[0]?.flushed(null);
    await vi.advanceTimersByTimeAsync(0);
    expect(host.exits).toEqual([1]);
  });

  it('exits all the same when its parent does not listen', async () => {
    const host = new ForkedProcess();
    const channel = openParentChannel(host);
    channel?.send({ kind: 'failed', code: 'X', message: 'last words' });
    channel?.exit(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(host.exits).toEqual([1]);
  });
});

describe('a process that nobody launched over a channel', () => {
  it('has none', () => {
    const host = Object.assign(new EventEmitter(), { exit: () => undefined });
    expect(openParentChannel(host as ChannelProcess)).toBeUndefined();
  });
});
