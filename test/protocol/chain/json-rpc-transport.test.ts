import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createJsonRpcTransport, type JsonRpcTransport } from '#protocol/chain/subtensor/json-rpc-transport.ts';
import type { WebSocketLike } from '#protocol/chain/web-socket.ts';

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}

/** The other end of the client's socket, played by the test. */
class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  isClosed = false;
  readonly url: string;
  readonly requests: Request[] = [];

  constructor(url: string) {
    this.url = url;
  }
  send(text: string): void {
    this.requests.push(JSON.parse(text) as Request);
  }
  close(): void {
    this.isClosed = true;
  }
  open(): void {
    this.onopen?.({} as never);
  }
  break(): void {
    this.onclose?.({} as never);
  }
  say(data: unknown): void {
    this.onmessage?.({ data } as never);
  }
  answer(result: unknown): void {
    this.say(JSON.stringify({ jsonrpc: '2.0', id: this.requests.shift()?.id, result }));
  }
}

let sockets: FakeSocket[];
let states: string[];
let news: unknown[];
let transport: JsonRpcTransport;
let handshake: () => Promise<void>;

const socket = (): FakeSocket => sockets.at(-1)!;
/** Lets everything run that waits for promises only. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
async function connect(): Promise<void> {
  socket().open();
  await settle();
}
/** Until the next try has begun. */
const retry = (): Promise<unknown> => vi.advanceTimersByTimeAsync(10_000);

beforeEach(() => {
  vi.useFakeTimers();
  [sockets, states, news] = [[], [], []];
  handshake = () => Promise.resolve();
  transport = createJsonRpcTransport({
    endpoints: ['ws://one', 'ws://two'],
    webSocket: class extends FakeSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
      }
    },
    timeoutMs: 60_000,
    handshake: () => handshake(),
    onNotification: (method, params) => news.push([method, params]),
    onState: (state) => states.push(state),
  });
});
afterEach(() => {
  transport.close();
  vi.useRealTimers();
});

describe('the transport of JSON-RPC', () => {
  it('sends what was asked before there was a connection, and answers each by its number', async () => {
    const asked = Promise.all([transport.request('a', [1]), transport.request('b', [])]);
    expect(socket().requests).toEqual([]);
    await connect();
    expect(socket().requests.map(({ method, params }) => [method, params])).toEqual([
      ['a', [1]],
      ['b', []],
    ]);
    const [first, second] = socket().requests;
    socket().say(JSON.stringify({ id: second!.id, result: 'of b' }));
    socket().say(JSON.stringify({ id: first!.id, result: null }));
    expect(await asked).toEqual([null, 'of b']);
    expect(states).toEqual(['connected']);
  });

  it('asks again what only reads when the connection breaks, at the next endpoint, and never what acts', async () => {
    await connect();
    const reads = transport.request('read', []);
    const acts = transport.request('act', [], { resend: false });
    const refusal = expect(acts).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    socket().break();
    await refusal;
    await vi.advanceTimersByTimeAsync(200);
    expect(socket().url).toBe('ws://two');
    await connect();
    expect(socket().requests.map(({ method }) => method)).toEqual(['read']);
    socket().answer('done');
    expect(await reads).toBe('done');
    expect(states).toEqual(['connected', 'disconnected', 'connected']);
  });

  it.each([
    ['binary data', new Uint8Array(3)],
    ['what is no JSON', '{'],
    ['what is no message', '[]'],
    ['a method of many characters', JSON.stringify({ method: 'x'.repeat(65), params: [] })],
    ['more than it may', 'x'.repeat(32 * 1024 * 1024 + 1)],
  ])('leaves an endpoint that sends %s', async (_what, data) => {
    await connect();
    const left = socket();
    left.say(data);
    expect(left.isClosed).toBe(true);
    await retry();
    expect(socket().url).toBe('ws://two');
  });

  it('leaves an endpoint that does not answer, for one that may', async () => {
    await connect();
    const silent = socket();
    const asked = transport.request('state_getMetadata', []);
    const refusal = expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(60_000);
    await refusal;
    expect(silent.isClosed).toBe(true);
    expect(transport.endpoint()).toBe('ws://two');
  });

  it('keeps a connection that had no time to answer yet', async () => {
    const asked = transport.request('slow', []);
    const refusal = expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(50_000);
    await connect();
    await vi.advanceTimersByTimeAsync(10_000);
    await refusal;
    expect(socket().isClosed).toBe(false);
  });

  it('goes on when what is answered was not asked, or no longer', async () => {
    await connect();
    const stopping = new AbortController();
    const given = transport.request('slow', [], { signal: stopping.signal });
    stopping.abort();
    await expect(given).rejects.toMatchObject({ code: 'ABORTED' });
    socket().answer('late');
    socket().say(JSON.stringify({ id: 999, result: 1 }));
    socket().say(JSON.stringify({ id: null, error: { code: 1, message: 'x' } }));
    expect(socket().isClosed).toBe(false);
  });

  it('gives the words of a refusal with their details', async () => {
    await connect();
    const asked = transport.request('author_submitExtrinsic', []);
    const { id } = socket().requests[0]!;
    socket().say(
      JSON.stringify({ id, error: { code: 1010, message: 'Invalid Transaction', data: 'Custom error: 3' } }),
    );
    await expect(asked).rejects.toMatchObject({
      code: 'CHAIN_REFUSED',
      message: 'Invalid Transaction: Custom error: 3',
    });
  });

  it('passes news on, and leaves for the next endpoint when it is told to', async () => {
    await connect();
    socket().say(JSON.stringify({ method: 'chain_newHead', params: { subscription: 'x', result: 1 } }));
    expect(news).toEqual([['chain_newHead', { subscription: 'x', result: 1 }]]);
    transport.leave('it is behind');
    expect(transport.endpoint()).toBe('ws://two');
    await retry();
    expect(socket().url).toBe('ws://two');
  });

  it('gives a connection up whose handshake fails, and says so to who waits for it', async () => {
    handshake = () => Promise.reject(new Error('another chain answers there now'));
    const asked = transport.request('a', [], { timeoutMs: 1_000 });
    const refusal = expect(asked).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining('another chain') as string,
    });
    await connect();
    await vi.advanceTimersByTimeAsync(1_000);
    await refusal;
    expect(states).toEqual(['disconnected']);
  });

  it('ends with all that waits', async () => {
    const asked = transport.request('a', []);
    const refusal = expect(asked).rejects.toMatchObject({ code: 'ABORTED' });
    transport.close();
    await refusal;
    await retry();
    expect(sockets).toHaveLength(1);
  });
});
