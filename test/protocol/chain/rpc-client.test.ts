import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BlockHeader, ChainClient, ChainConnection } from '#protocol/chain/chain-client.ts';
import { createRpcChainClient } from '#protocol/chain/rpc-client.ts';
import type { WebSocketLike } from '#protocol/chain/rpc-transport.ts';
import { openCall } from '#protocol/chain/signed-call.ts';
import { MAX_RESPONSE_BYTES, toWireJson } from '#protocol/chain/wire.ts';
import { fromHex } from '#protocol/bytes.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { NETUID, testKey } from '../../support/chain-fixtures.ts';

const GENESIS = 'aa'.repeat(32);
const signer = testKey(70);
const header = (number: number): BlockHeader => ({
  number,
  hash: number.toString(16).padStart(64, '0'),
  timestampMs: number,
});

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** The other end of the client's socket, played by the test. */
class FakeSocket implements WebSocketLike {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  isClosed = false;
  readonly requests: Request[] = [];

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
  answer(request: Request, result: unknown): void {
    this.say(toWireJson({ jsonrpc: '2.0', id: request.id, result }));
  }
}

let sockets: FakeSocket[];
let chain: ChainClient;
let states: ChainConnection[];

/** Lets everything run that waits for promises only. */
const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const socket = (): FakeSocket => sockets.at(-1)!;

async function take(method: string): Promise<Request> {
  await settle();
  const index = socket().requests.findIndex((request) => request.method === method);
  const [request] = index === -1 ? [] : socket().requests.splice(index, 1);
  if (request === undefined) throw new Error(`No ${method} among ${JSON.stringify(socket().requests)}`);
  return request;
}

async function handshake(genesisHash = GENESIS, head = header(10)): Promise<void> {
  socket().open();
  socket().answer(await take('chain_info'), { genesisHash, name: 'test', blockMs: 500, tokenSymbol: 'TAO' });
  await settle();
  if (socket().isClosed) return; // another chain than before
  socket().answer(await take('chain_subscribeBlocks'), head);
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  states = [];
  chain = createRpcChainClient({
    url: 'ws://127.0.0.1:1',
    webSocket: class extends FakeSocket {
      constructor() {
        super();
        sockets.push(this);
      }
    },
  });
  chain.onConnection((state) => states.push(state));
});
afterEach(() => {
  chain.close();
  vi.useRealTimers();
});

describe('the connection', () => {
  it('counts as connected once chain and head are known', async () => {
    await settle();
    expect(states).toEqual(['connecting']);
    await handshake();
    expect(states).toEqual(['connecting', 'connected']);
    expect(await chain.info()).toEqual({ genesisHash: GENESIS, name: 'test', blockMs: 500, tokenSymbol: 'TAO' });
  });

  it('holds requests back until then, and sends them in order', async () => {
    const balance = chain.balance(coldkeyOf(signer));
    await settle();
    expect(socket().requests).toEqual([]);
    await handshake();
    socket().answer(await take('account_balance'), 5n);
    expect(await balance).toBe(5n);
  });

  it('comes back by itself after 100, 200, 400 ms… and asks again what was not answered', async () => {
    await handshake();
    const balance = chain.balance(coldkeyOf(signer));
    await take('account_balance');
    socket().break();
    for (const delayMs of [100, 200, 400]) {
      const before = sockets.length;
      await vi.advanceTimersByTimeAsync(delayMs - 1);
      expect(sockets).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(1);
      expect(sockets).toHaveLength(before + 1);
      if (delayMs < 400) socket().break();
    }
    await handshake();
    expect(states).toEqual(['connecting', 'connected', 'disconnected', 'connected']);
    socket().answer(await take('account_balance'), 6n);
    expect(await balance).toBe(6n);
  });

  it('never waits longer than five seconds between two attempts', async () => {
    for (let attempt = 0; attempt < 12; attempt += 1) {
      socket().break();
      await vi.advanceTimersByTimeAsync(5_000);
    }
    expect(sockets).toHaveLength(13);
  });

  it('gives up an attempt that hangs', async () => {
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sockets[0]?.isClosed).toBe(true);
    await vi.advanceTimersByTimeAsync(100);
    expect(sockets).toHaveLength(2);
  });

  it('does not go on with another chain that answers at the same address', async () => {
    await handshake();
    socket().break();
    await vi.advanceTimersByTimeAsync(100);
    await handshake('bb'.repeat(32));
    expect(states.at(-1)).toBe('disconnected');
    const balance = expect(chain.balance(coldkeyOf(signer))).rejects.toMatchObject({
      code: 'CHAIN_UNREACHABLE',
      message: expect.stringContaining('another chain') as unknown,
    });
    await vi.advanceTimersByTimeAsync(10_000);
    await balance;
    expect(sockets).toHaveLength(3); // it goes on looking
  });

  it('is refused at once for what is not a WebSocket address', () => {
    for (const url of ['http://127.0.0.1:1', 'ws://', 'chain']) {
      expect(() => createRpcChainClient({ url, webSocket: FakeSocket })).toThrow('Not a WebSocket URL');
    }
  });

  it('ends everything that waits when it is closed, and stays closed', async () => {
    await handshake();
    const balance = chain.balance(coldkeyOf(signer));
    chain.close();
    await expect(balance).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(chain.head()).rejects.toMatchObject({ code: 'ABORTED' });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sockets).toHaveLength(1);
    expect(sockets[0]?.isClosed).toBe(true);
  });
});

describe('blocks', () => {
  it('come to each listener: the head first, then every new one', async () => {
    await handshake();
    const seen: number[] = [];
    const stop = chain.onBlock(({ number }) => seen.push(number));
    expect(seen).toEqual([]); // not before the caller has its unsubscribe function
    await settle();
    socket().say(toWireJson({ jsonrpc: '2.0', method: 'chain_newBlock', params: header(11) }));
    expect(seen).toEqual([10, 11]);
    stop();
    socket().say(toWireJson({ jsonrpc: '2.0', method: 'chain_newBlock', params: header(12) }));
    expect(seen).toEqual([10, 11]);
  });

  it('come again after a reconnect, the same head not twice', async () => {
    await handshake();
    const seen: number[] = [];
    chain.onBlock(({ number }) => seen.push(number));
    socket().break();
    await vi.advanceTimersByTimeAsync(100);
    await handshake();
    expect(seen).toEqual([10]);
    socket().say(toWireJson({ jsonrpc: '2.0', method: 'chain_newBlock', params: header(11) }));
    expect(seen).toEqual([10, 11]);
  });
});

describe('a hostile or broken server', () => {
  it.each([
    ['binary data', new Uint8Array(4)],
    ['text that is not JSON', '{'],
    ['JSON that is not JSON-RPC', '[1]'],
    ['a block that is none', toWireJson({ method: 'chain_newBlock', params: { number: 'x' } })],
    ['an endless error message', toWireJson({ id: 1, error: { code: 1, message: 'x'.repeat(3_000) } })],
    ['more than the limit', ' '.repeat(MAX_RESPONSE_BYTES + 1)],
  ])('that sends %s loses the connection', async (_what, data) => {
    await handshake();
    socket().say(data);
    expect(sockets[0]?.isClosed).toBe(true);
    expect(states.at(-1)).toBe('disconnected');
  });

  it('that answers in the wrong form fails that request, by name', async () => {
    await handshake();
    const balance = chain.balance(coldkeyOf(signer));
    socket().answer(await take('account_balance'), '-1');
    await expect(balance).rejects.toMatchObject({
      code: 'PROTOCOL',
      message: 'account_balance of the chain: value: not an amount in rao',
    });
    expect(states.at(-1)).toBe('connected');
  });

  it('that answers what nobody asked is ignored', async () => {
    await handshake();
    socket().say(toWireJson({ id: 999, result: 1 }));
    socket().say(toWireJson({ id: null, error: { code: -32_700, message: 'Not JSON' } }));
    expect(states.at(-1)).toBe('connected');
  });

  it('that pays another hotkey, the same block twice or an old one is not believed', async () => {
    await handshake();
    const paid = (block: number, hotkey = signer.address) => ({
      block,
      hotkey,
      coldkey: signer.address,
      amountRao: 1n,
    });
    for (const list of [[paid(11, testKey(71).address)], [paid(11), paid(11)], [paid(10)]]) {
      const emissions = chain.emissions(NETUID, hotkeyOf(signer), 10);
      socket().answer(await take('emission_history'), list);
      await expect(emissions).rejects.toMatchObject({ code: 'PROTOCOL' });
    }
    const emissions = chain.emissions(NETUID, hotkeyOf(signer), 10);
    socket().answer(await take('emission_history'), [paid(11), paid(12)]);
    expect(await emissions).toHaveLength(2);
  });
});

describe('waiting', () => {
  it('for an answer ends after ten seconds', async () => {
    await handshake();
    const head = expect(chain.head()).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(10_000);
    await head;
  });

  it('for a connection ends after ten seconds, with another code', async () => {
    const head = expect(chain.head()).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    await vi.advanceTimersByTimeAsync(10_000);
    await head;
  });

  it('ends at once when its signal says so', async () => {
    await handshake();
    const controller = new AbortController();
    const head = chain.head(controller.signal);
    controller.abort();
    await expect(head).rejects.toMatchObject({ code: 'ABORTED' });
    await expect(chain.head(controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('is over with the words of the chain when it refuses', async () => {
    await handshake();
    const neurons = chain.neurons(2);
    const { id } = await take('subnet_neurons');
    socket().say(toWireJson({ id, error: { code: -32_000, message: 'SubnetNotExists: there is no subnet 2' } }));
    await expect(neurons).rejects.toMatchObject({
      code: 'CHAIN_REFUSED',
      message: 'SubnetNotExists: there is no subnet 2',
    });
  });
});

describe('submit', () => {
  const call = { kind: 'set-commitment', netuid: NETUID, fields: [] } as const;
  const nonceIn = (request: Request): number => {
    const opened = openCall(fromHex(request.params['call'] as string), GENESIS);
    if (opened.kind === 'refused') throw new Error(opened.message);
    return opened.signed.nonce;
  };

  it('signs with the nonce that the chain gives, for the chain that it is', async () => {
    await handshake();
    const outcome = chain.submit(call, signer);
    socket().answer(await take('account_nonce'), 4);
    const request = await take('call_submit');
    expect(nonceIn(request)).toBe(4);
    socket().answer(request, { kind: 'included', block: 11 });
    expect(await outcome).toEqual({ kind: 'included', block: 11 });
  });

  it('does not ask for a second nonce of the same signer before the first call is on its way', async () => {
    await handshake();
    const outcomes = [chain.submit(call, signer), chain.submit(call, signer)];
    const first = await take('account_nonce');
    await settle();
    expect(socket().requests).toEqual([]);
    socket().answer(first, 0);
    const firstCall = await take('call_submit');
    socket().answer(await take('account_nonce'), 1); // while the first call waits for its block
    const secondCall = await take('call_submit');
    expect([firstCall, secondCall].map(nonceIn)).toEqual([0, 1]);
    for (const request of [firstCall, secondCall]) socket().answer(request, { kind: 'included', block: 11 });
    expect(await Promise.all(outcomes)).toHaveLength(2);
  });

  it('asks anew, once, when somebody else has used the nonce', async () => {
    const stale = { kind: 'refused', error: 'StaleNonce', message: 'old' };
    await handshake();
    const outcome = chain.submit(call, signer);
    for (const nonce of [4, 5]) {
      socket().answer(await take('account_nonce'), nonce);
      const request = await take('call_submit');
      expect(nonceIn(request)).toBe(nonce);
      socket().answer(request, stale);
    }
    expect(await outcome).toEqual(stale);
    expect(socket().requests).toEqual([]);
  });

  it('gives the chain’s refusal as data', async () => {
    await handshake();
    const outcome = chain.submit(call, signer);
    socket().answer(await take('account_nonce'), 0);
    const refused = { kind: 'refused', error: 'HotKeyNotRegisteredInSubNet', message: 'who?' };
    socket().answer(await take('call_submit'), refused);
    expect(await outcome).toEqual(refused);
  });

  it('is not sent twice when the connection breaks before the answer: nobody knows whether it was included', async () => {
    await handshake();
    const outcome = expect(chain.submit(call, signer)).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
    socket().answer(await take('account_nonce'), 0);
    await take('call_submit');
    socket().break();
    await outcome;
    await vi.advanceTimersByTimeAsync(100);
    await handshake();
    expect(socket().requests).toEqual([]);
  });

  it('goes on with the next call of the signer after one that failed', async () => {
    await handshake();
    const failed = expect(chain.submit(call, signer)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await take('account_nonce');
    const next = chain.submit(call, signer);
    await vi.advanceTimersByTimeAsync(10_000);
    await failed;
    socket().answer(await take('account_nonce'), 0);
    socket().answer(await take('call_submit'), { kind: 'included', block: 12 });
    expect(await next).toEqual({ kind: 'included', block: 12 });
  });
});
