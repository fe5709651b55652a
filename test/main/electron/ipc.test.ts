import { EventEmitter } from 'node:events';
import type { IpcMain, IpcMainEvent, WebContents } from 'electron';
import { expect, test } from 'vitest';
import { createStore } from '#main/core/store.ts';
import { initialState } from '#main/core/initial-state.ts';
import { serveIpc } from '#main/electron/ipc.ts';
import { IPC_COMMAND, IPC_STATE, IPC_SUBSCRIBE, type StateMessage } from '#protocol/contract/commands.ts';

class FakeContents extends EventEmitter {
  readonly messages: StateMessage[] = [];
  isGone = false;
  isDestroyed = (): boolean => this.isGone;
  send(channel: string, message: StateMessage): void {
    if (this.isGone) throw new Error('Object has been destroyed');
    expect(channel).toBe(IPC_STATE);
    this.messages.push(message);
  }
  get kinds(): readonly string[] {
    return this.messages.map(({ kind }) => kind);
  }
}

type Handler = (event: unknown, ...args: unknown[]) => unknown;

function setUp({ isTrusted = true } = {}) {
  const store = createStore(initialState('1.2.3', 'electron'));
  const commands: unknown[][] = [];
  const handlers = new Map<string, Handler>();
  const listen = (channel: string, handler: Handler): void => void handlers.set(channel, handler);
  serveIpc({
    ipc: { handle: listen, on: listen } as unknown as Pick<IpcMain, 'handle' | 'on'>,
    core: {
      store,
      command: (...args) => {
        commands.push(args);
        return Promise.resolve({ ok: true });
      },
    },
    isTrusted: () => isTrusted,
    log: () => undefined,
  });
  const contents = new FakeContents();
  const event = { sender: contents as unknown as WebContents } as IpcMainEvent;
  return {
    contents,
    commands,
    command: (...args: unknown[]) => handlers.get(IPC_COMMAND)!(event, ...args),
    subscribe: () => handlers.get(IPC_SUBSCRIBE)!(event),
    change: () => store.update((draft) => void (draft.network.peers += 1)),
  };
}

test('hands name and payload to the app as they came', async () => {
  const { command, commands } = setUp();
  expect(await command('work.start', { strange: true })).toEqual({ ok: true });
  expect(commands).toEqual([['work.start', { strange: true }]]);
});

test('refuses the commands of an unknown sender without looking at them', async () => {
  const { command, commands } = setUp({ isTrusted: false });
  expect(await command('work.start', {})).toMatchObject({ ok: false, code: 'FORBIDDEN' });
  expect(commands).toEqual([]);
});

test('sends a snapshot, then patches', () => {
  const { contents, subscribe, change } = setUp();
  subscribe();
  change();
  expect(contents.kinds).toEqual(['snapshot', 'patch']);
});

test('shows nothing to an unknown subscriber', () => {
  const { contents, subscribe, change } = setUp({ isTrusted: false });
  subscribe();
  change();
  expect(contents.kinds).toEqual([]);
});

test('a page that subscribes again gets a new snapshot, and each patch once', () => {
  const { contents, subscribe, change } = setUp();
  subscribe();
  subscribe();
  change();
  expect(contents.kinds).toEqual(['snapshot', 'snapshot', 'patch']);
  expect(contents.listenerCount('destroyed')).toBe(1);
});

test.each([
  ['its window is destroyed', 'destroyed', undefined],
  ['its process is gone', 'render-process-gone', undefined],
  ['another page is loaded', 'did-start-navigation', { isMainFrame: true, isSameDocument: false }],
])('stops when %s', (_why, event, details) => {
  const { contents, subscribe, change } = setUp();
  subscribe();
  contents.emit(event, details);
  change();
  expect(contents.kinds).toEqual(['snapshot']);
  expect(contents.eventNames()).toEqual([]);
});

test.each([
  ['a jump within the page', { isMainFrame: true, isSameDocument: true }],
  ['a frame inside it', { isMainFrame: false, isSameDocument: false }],
])('goes on after %s', (_what, details) => {
  const { contents, subscribe, change } = setUp();
  subscribe();
  contents.emit('did-start-navigation', details);
  change();
  expect(contents.kinds).toEqual(['snapshot', 'patch']);
});

test('survives a change between the end of a window and the news of it', () => {
  const { contents, subscribe, change } = setUp();
  subscribe();
  contents.isGone = true;
  expect(change).not.toThrow();
});
