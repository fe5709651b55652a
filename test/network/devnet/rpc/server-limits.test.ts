import { connect, type Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { RpcLimits } from '#network/devnet/rpc/rpc-limits.ts';
import type { RpcMethods } from '#network/devnet/rpc/rpc-method.ts';
import { type RpcServer, startRpcServer } from '#network/devnet/rpc/server.ts';

const MIB = 1024 * 1024;
/** Of an answer that the sockets' own buffers do not take. */
const UNREAD_MIB = 16;
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let server: RpcServer;
let log: string[];
let answered: number;
let listeners: Set<(news: unknown) => void>;
const clients: { readonly destroy: () => void }[] = [];

/** What the server is asked, without a chain behind it. */
const methods: RpcMethods = {
  ping: ([word]) => word ?? 'pong',
  count: () => (answered += 1),
  long: ([mib]) => 'x'.repeat(Number(mib) * MIB),
  follow: (_, caller) =>
    caller.subscribe('news', (notify) => {
      listeners.add(notify);
      return () => void listeners.delete(notify);
    }),
};

async function serve(limits: Partial<RpcLimits> = {}): Promise<void> {
  server = await startRpcServer({ methods, port: 0, log: (line) => log.push(line), limits });
}

beforeEach(() => {
  log = [];
  answered = 0;
  listeners = new Set();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await server.close();
});

/** A client that says what it is told to, byte for byte. */
async function rawClient() {
  const { hostname, port } = new URL(server.url);
  const socket: Socket = connect(Number(port), hostname).setEncoding('latin1');
  clients.push(socket);
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => undefined); // the server may reset
  await new Promise((resolve) => socket.once('connect', resolve));
  let text = '';
  return {
    socket,
    closed,
    /** Reads until the text has come. */
    hears: async (wanted: RegExp): Promise<string> => {
      while (!wanted.test(text)) {
        text += await new Promise<string>((resolve, reject) => {
          socket.once('data', resolve);
          void closed.then(() => reject(new Error(`Closed after ${text}`)));
        });
      }
      return text;
    },
  };
}

const head = (rest: string): string => `POST / HTTP/1.1\r\nhost: ${new URL(server.url).host}\r\n${rest}`;
const request = (body: string): string => head(`content-length: ${body.length}\r\n\r\n${body}`);
const asking = (method: string, ...params: readonly unknown[]): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });

async function webSocket(): Promise<WebSocket> {
  const socket = new WebSocket(server.url);
  clients.push({ destroy: () => socket.terminate() });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  return socket;
}

/** What a client that reads gets. */
const asked = (socket: WebSocket, message: string): Promise<unknown> =>
  new Promise((resolve) => {
    socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString())));
    socket.send(message);
  });

async function expectServed(): Promise<void> {
  const body = asking('ping');
  const response = await fetch(server.url.replace('ws:', 'http:'), { method: 'POST', body });
  expect(await response.json()).toMatchObject({ result: 'pong' });
}

describe('requests over HTTP', () => {
  it.each([
    ['nothing', ''],
    ['half a header', 'POST / HTTP/1.1\r\nhost: 127'],
  ])('a client that says %s loses its place', async (_, text) => {
    await serve({ headersTimeoutMs: 50 });
    const client = await rawClient();
    client.socket.write(text);
    client.socket.resume();
    await client.closed;
    await expectServed();
  });

  it('a client whose body does not end loses its place', async () => {
    await serve({ requestTimeoutMs: 50, headersTimeoutMs: 50 });
    const client = await rawClient();
    client.socket.write(head('content-length: 100\r\n\r\n{"jsonrpc"'));
    client.socket.resume();
    await client.closed;
    await expectServed();
  });

  it('a client that does not read its answer loses its place', async () => {
    await serve({ requestTimeoutMs: 100, headersTimeoutMs: 100, maxConnections: 1 });
    const client = await rawClient();
    client.socket.pause().write(request(asking('long', UNREAD_MIB)));
    await expect
      .poll(
        () =>
          expectServed().then(
            () => true,
            () => false,
          ),
        POLL,
      )
      .toBe(true);
  });

  it('a body in chunks is refused as soon as it is too long, whatever its type', async () => {
    await serve({ maxRequestBytes: 1000 });
    const client = await rawClient();
    const chunk = `200\r\n${' '.repeat(0x200)}\r\n`;
    client.socket.write(head(`content-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n${chunk}${chunk}`));
    expect(await client.hears(/\r\n\r\n/)).toMatch(/^HTTP\/1\.1 413 /);
    await client.closed;
  });

  it('requests that come before the answer to the first are answered in their order', async () => {
    await serve();
    const client = await rawClient();
    client.socket.write(Array.from({ length: 16 }, (_, word) => request(asking('ping', `<${word}>`))).join(''));
    const text = await client.hears(/<15>/);
    expect([...text.matchAll(/<(\d+)>/g)].map(([, word]) => Number(word))).toEqual(
      Array.from({ length: 16 }, (_, index) => index),
    );
    expect(log).toEqual([]);
  });

  it('a client that asks on and on and reads no answer is dropped', async () => {
    await serve();
    const client = await rawClient();
    client.socket.pause().write(request(asking('long', UNREAD_MIB)) + request(asking('count')).repeat(1_000));
    await expect.poll(() => log.join(), POLL).toMatch(/does not wait for answers/);
    client.socket.resume();
    await client.closed;
    expect(answered).toBe(0);
    await expectServed();
  });

  it('no answer is made while the one before is not read', async () => {
    await serve();
    const client = await rawClient();
    client.socket.pause().write(request(asking('long', UNREAD_MIB)) + request(asking('count')).repeat(10));
    await expectServed();
    expect(answered).toBe(0);
    client.socket.resume();
    await expect.poll(() => answered, POLL).toBe(10);
  });

  it('what is nested as deep as a request may be is answered with an error', async () => {
    await serve();
    for (const body of [
      '['.repeat(500_000),
      `{"method":"ping","id":1,"params":${'['.repeat(250_000)}${']'.repeat(250_000)}}`,
    ]) {
      const response = await fetch(server.url.replace('ws:', 'http:'), { method: 'POST', body });
      expect(response.status).toBe(200);
      expect(await response.text()).toContain('"error"');
    }
    await expectServed();
  });
});

const POLL = { timeout: 20_000 };

describe('connections', () => {
  it('one too many is closed at once, and there is room again when another ends', async () => {
    await serve({ maxConnections: 3 });
    const first = await rawClient();
    const socket = await webSocket();
    await rawClient();
    const fourth = await rawClient();
    fourth.socket.resume();
    await fourth.closed;
    expect(await asked(socket, asking('ping'))).toMatchObject({ result: 'pong' });
    first.socket.destroy();
    await first.closed;
    await expect
      .poll(
        () =>
          webSocket().then(
            () => true,
            () => false,
          ),
        POLL,
      )
      .toBe(true);
  });

  it('a batch has at most 128 requests', async () => {
    await serve();
    const socket = await webSocket();
    const batch = (length: number): string => `[${Array.from({ length }, () => asking('ping')).join(',')}]`;
    expect(await asked(socket, batch(128))).toHaveLength(128);
    expect(await asked(socket, batch(129))).toMatchObject({ error: { code: -32600 } });
  });

  it('a client that subscribes and never reads is dropped, and its subscriptions with it', async () => {
    await serve({ clientUnreadBytes: MIB });
    const [reader, sleeper] = [await webSocket(), await webSocket()];
    for (const socket of [reader, sleeper]) for (let at = 0; at < 4; at += 1) await asked(socket, asking('follow'));
    expect(listeners.size).toBe(8);
    sleeper.pause();
    let read = 0;
    reader.on('message', () => (read += 1));
    const news = 'x'.repeat(100_000);
    await expect
      .poll(() => {
        for (const notify of listeners) notify(news);
        return listeners.size;
      }, POLL)
      .toBe(4);
    expect(log).toEqual(['Dropped a client that does not read its answers']);
    const sent = read;
    for (const notify of listeners) notify(news);
    await expect.poll(() => read, POLL).toBeGreaterThan(sent);
  });

  it('clients that do not read cost no more memory together than is said, and those who read go on', async () => {
    await serve({ allUnreadBytes: 2 * UNREAD_MIB * MIB });
    const reader = await webSocket();
    collectGarbage();
    const before = process.memoryUsage();
    for (let at = 0; at < 12; at += 1) {
      const sleeper = await webSocket();
      sleeper.pause();
      sleeper.send(asking('long', UNREAD_MIB));
      expect(await asked(reader, asking('ping'))).toMatchObject({ result: 'pong' });
    }
    // What one leaves in the sockets' own buffers is not counted, so it may be three or four that stay.
    await expect.poll(() => log.length, POLL).toBeGreaterThanOrEqual(12 - 6);
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    expect(heapUsed + external - before.heapUsed - before.external).toBeLessThan((3 * UNREAD_MIB + 16) * MIB);
    expect(await asked(reader, asking('ping'))).toMatchObject({ result: 'pong' });
  });

  it('a message that is too long ends its WebSocket before it is kept', async () => {
    await serve({ maxRequestBytes: 1000 });
    const [honest, rude] = [await webSocket(), await webSocket()];
    const closed = new Promise<number>((resolve) => rude.on('close', resolve));
    rude.send('x'.repeat(600), { fin: false });
    rude.send('x'.repeat(600), { fin: true });
    expect(await closed).toBe(1009);
    expect(await asked(honest, asking('ping'))).toMatchObject({ result: 'pong' });
  });
});
