import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createProvider, type SubtensorProvider } from '#protocol/chain/subtensor/provider.ts';
import type { WebSocketLike } from '#protocol/chain/web-socket.ts';

interface Request {
  readonly id: number;
  readonly method: string;
}

/** The other end, played by the test. */
class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readonly requests: Request[] = [];
  send(text: string): void {
    this.requests.push(JSON.parse(text) as Request);
  }
  close(): void {
    this.requests.length = 0;
  }
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) } as never);
  }
  answer(result: unknown): void {
    this.say({ id: this.requests.shift()!.id, result });
  }
}

let sockets: FakeSocket[];
let provider: SubtensorProvider;
const socket = (): FakeSocket => sockets.at(-1)!;
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const genesis = `0x${'1'.repeat(64)}`;

async function meet(firstHash: unknown): Promise<void> {
  socket().onopen?.({} as never);
  await settle();
  socket().answer(firstHash);
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  provider = createProvider({
    endpoints: ['ws://one', 'ws://two'],
    webSocket: class extends FakeSocket {
      constructor() {
        super();
        sockets.push(this);
      }
    },
    timeoutMs: 60_000,
    onState: () => undefined,
  });
});
afterEach(() => {
  provider.transport.close();
  vi.useRealTimers();
});

it('passes on the first news of two subscriptions that come in one piece with their answers', async () => {
  await meet(genesis);
  const heard: unknown[] = [];
  const named = ['a', 'b'].map((method) =>
    provider.forLibrary.subscribe(method, method, [], (_, news) => heard.push(news)),
  );
  await settle();
  const answers = [...socket().requests];
  answers.forEach(({ id }, n) => socket().say({ id, result: `s${n}` }));
  for (const n of [0, 1]) socket().say({ method: 'news', params: { subscription: `s${n}`, result: n } });
  await Promise.all(named);
  expect(heard).toEqual([0, 1]);
});

it('hears early news however much came of subscriptions that are not there', async () => {
  await meet(genesis);
  for (let n = 0; n < 100; n += 1) socket().say({ method: 'news', params: { subscription: `none${n}`, result: n } });
  const heard: unknown[] = [];
  const named = provider.forLibrary.subscribe('a', 'a', [], (_, news) => heard.push(news));
  await settle();
  socket().answer('mine');
  socket().say({ method: 'news', params: { subscription: 'mine', result: 'first' } });
  await named;
  expect(heard).toEqual(['first']);
});

it.each([{}, 5, '0x12', null])('takes %j for no chain, and the next one for the first', async (nonsense) => {
  await meet(nonsense);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(provider.forLibrary.isConnected).toBe(false);
  await meet(genesis);
  expect(provider.forLibrary.isConnected).toBe(true);
});
