import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { initialState } from '#main/core/initial-state.ts';
import { createStore, type AppStore } from '#main/core/store.ts';
import { openDashboard, type Dashboard } from '#main/headless/dashboard/server.ts';
import { MAX_CLIENT_MESSAGE_BYTES, type ServerMessage } from '#protocol/contract/commands.ts';
import { temporaryHome } from '../temporary-home.ts';

let dashboard: Dashboard;
let store: AppStore;
let commands: [unknown, unknown][];
let releaseCommands: () => void;
let commandsMayEnd: Promise<void>;

beforeEach(async () => {
  const home = temporaryHome();
  const folder = join(home, 'renderer');
  mkdirSync(join(folder, 'fonts'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Millrace</title>');
  writeFileSync(join(folder, 'app.js'), 'run()');
  writeFileSync(join(folder, 'fonts', 'a.woff2'), 'font');
  writeFileSync(join(folder, 'app.js.map'), 'no such type is served');
  writeFileSync(join(home, 'secret.json'), '"secret"');
  symlinkSync(join(home, 'secret.json'), join(folder, 'link.json'));
  store = createStore(initialState('1', 'headless'));
  commands = [];
  commandsMayEnd = Promise.resolve();
  dashboard = await openDashboard({
    port: 0,
    folder,
    store,
    command: async (name, payload) => {
      commands.push([name, payload]);
      await commandsMayEnd;
      return { ok: true };
    },
    log: () => undefined,
  });
});
afterEach(() => dashboard.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const own = (): string => `127.0.0.1:${dashboard.port}`;

/** As a browser would ask, but free to lie in any header and to leave the path as it is. */
function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: dashboard.port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

const pathOf = (url: string): string => new URL(url).pathname + new URL(url).search;

async function logIn(): Promise<string> {
  const { headers } = await ask(pathOf(dashboard.mintUrl()));
  return headers['set-cookie']![0]!.split(';')[0]!;
}

describe('the one-time address', () => {
  test('opens a session in a cookie that scripts and other sites cannot use, and leads to the page without the token', async () => {
    const { status, headers } = await ask(pathOf(dashboard.mintUrl()));
    expect(status).toBe(303);
    expect(headers.location).toBe('/');
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^millrace-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/),
    ]);
    const page = await ask('/', { Cookie: headers['set-cookie']![0]!.split(';')[0]! });
    expect(page).toMatchObject({ status: 200, body: '<!doctype html><title>Millrace</title>' });
  });

  test('works once', async () => {
    const path = pathOf(dashboard.mintUrl());
    await ask(path);
    const again = await ask(path);
    expect(again.status).toBe(401);
    expect(again.body).toContain('millrace status');
    expect(again.headers['set-cookie']).toBeUndefined();
  });

  test('is not used up by a look at its headers', async () => {
    const path = pathOf(dashboard.mintUrl());
    expect((await ask(path, {}, 'HEAD')).status).toBe(401);
    expect((await ask(path)).status).toBe(303);
  });

  test.each(['', 'x', 'a'.repeat(43)])('cannot be guessed (%j)', async (token) => {
    expect((await ask(`/?token=${token}`)).status).toBe(401);
  });

  test('makes room for new ones: of seventeen the first is forgotten', async () => {
    const urls = Array.from({ length: 17 }, () => pathOf(dashboard.mintUrl()));
    expect((await ask(urls[0]!)).status).toBe(401);
    expect((await ask(urls[1]!)).status).toBe(303);
  });
});

describe('pages', () => {
  test.each(['/', '/index.html', '/app.js', '/fonts/a.woff2', '/missing'])('%s needs a session', async (path) => {
    expect((await ask(path)).status).toBe(401);
    expect((await ask(path, { Cookie: `millrace-${dashboard.port}=${'a'.repeat(43)}` })).status).toBe(401);
  });

  test('are served with their type and without caching', async () => {
    const Cookie = await logIn();
    expect((await ask('/app.js', { Cookie })).headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'no-store',
    });
    expect((await ask('/fonts/a.woff2', { Cookie })).headers['content-type']).toBe('font/woff2');
  });

  test.each([
    '/../secret.json',
    '/..%2fsecret.json',
    '/%2e%2e/secret.json',
    '/fonts/../../secret.json',
    '/..\\secret.json',
    '//secret.json',
    '/link.json',
    '/app.js.map',
    '/fonts',
    '/app.js%00',
  ])('%s leads nowhere', async (path) => {
    const answer = await ask(path, { Cookie: await logIn() });
    expect(answer.status).toBe(404);
    expect(answer.body).not.toContain('secret"');
  });

  test('forbid everything that is not their own, on every answer', async () => {
    const csp =
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    const Cookie = await logIn();
    const answers = [
      await ask('/', { Cookie }),
      await ask('/'),
      await ask('/missing', { Cookie }),
      await ask(pathOf(dashboard.mintUrl())),
    ];
    for (const { headers } of answers) {
      expect(headers).toMatchObject({ 'content-security-policy': csp, 'x-content-type-options': 'nosniff' });
    }
  });

  test.each(['evil.example', 'evil.example:4723', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.example'])(
    'are not served under the foreign name %s',
    async (Host) => {
      expect((await ask('/', { Cookie: await logIn(), Host })).status).toBe(421);
      expect((await ask(pathOf(dashboard.mintUrl()), { Host })).status).toBe(421);
    },
  );

  test('are served under localhost too', async () => {
    const Host = `localhost:${dashboard.port}`;
    expect((await ask('/', { Cookie: await logIn(), Host })).status).toBe(200);
  });

  test('are not served to a page of another origin', async () => {
    expect((await ask('/', { Cookie: await logIn(), Origin: 'http://evil.example' })).status).toBe(403);
    expect((await ask('/', { Cookie: await logIn(), Origin: 'null' })).status).toBe(403);
  });

  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('do not answer %s', async (method) => {
    expect((await ask('/', { Cookie: await logIn() }, method)).status).toBe(405);
  });
});

describe('the status for the owner’s own processes', () => {
  test('holds the state and a fresh address', async () => {
    const { status, body } = await ask('/status', { Authorization: `Bearer ${dashboard.ownerSecret}` });
    expect(status).toBe(200);
    const answer = JSON.parse(body) as { url: string; state: unknown };
    expect(answer.state).toEqual(store.get());
    expect((await ask(pathOf(answer.url))).status).toBe(303);
  });

  test('needs the secret; a session is not enough', async () => {
    expect((await ask('/status')).status).toBe(401);
    expect((await ask('/status', { Authorization: 'Bearer wrong' })).status).toBe(401);
    expect((await ask('/status', { Cookie: await logIn() })).status).toBe(401);
  });
});

interface Client {
  readonly socket: WebSocket;
  readonly messages: ServerMessage[];
  /** Resolves with the next message that has not been taken. */
  next(): Promise<ServerMessage>;
  closed(): Promise<number>;
}

function open(headers: Record<string, string>, path = '/ws'): Promise<Client> {
  const socket = new WebSocket(`ws://${own()}${path}`, { headers });
  const messages: ServerMessage[] = [];
  const waiting: ((message: ServerMessage) => void)[] = [];
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as ServerMessage;
    const taker = waiting.shift();
    if (taker === undefined) messages.push(message);
    else taker(message);
  });
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('open', () =>
      resolve({
        socket,
        messages,
        next: () => {
          const message = messages.shift();
          return message === undefined ? new Promise((take) => waiting.push(take)) : Promise.resolve(message);
        },
        closed: () => closed,
      }),
    );
  });
}

async function openClient(): Promise<Client> {
  return open({ Cookie: await logIn(), Origin: `http://${own()}` });
}

describe('the WebSocket', () => {
  test.each([
    ['no session', {}, 401],
    ['a wrong session', { Cookie: 'millrace-1=x' }, 401],
    ['no origin', { session: 'yes', Origin: '' }, 403],
    ['a foreign origin', { session: 'yes', Origin: 'http://evil.example' }, 403],
    ['the right origin on https', { session: 'yes', Origin: 'https://SELF' }, 403],
    ['a foreign host', { session: 'yes', Host: 'evil.example' }, 421],
  ])('refuses a client with %s', async (_, { session, ...given }: Record<string, string>, status) => {
    const headers: Record<string, string> = { Origin: `http://${own()}`, ...given };
    if (session !== undefined) headers['Cookie'] = await logIn();
    if (headers['Origin'] === '') delete headers['Origin'];
    else headers['Origin'] = headers['Origin']!.replace('SELF', own());
    await expect(open(headers)).rejects.toThrow(`Unexpected server response: ${status}`);
  });

  test('is at one path only', async () => {
    const headers = { Cookie: await logIn(), Origin: `http://${own()}` };
    await expect(open(headers, '/other')).rejects.toThrow('404');
  });

  test('gives a snapshot, then patches', async () => {
    const client = await openClient();
    client.socket.send('{"kind":"subscribe"}');
    expect(await client.next()).toEqual({ kind: 'snapshot', sequence: 0, state: store.get() });
    store.update((draft) => void (draft.network.peers = 2));
    expect(await client.next()).toEqual({
      kind: 'patch',
      sequence: 1,
      operations: [{ op: 'replace', path: ['network', 'peers'], value: 2 }],
    });
  });

  test('a client that subscribes again gets a new snapshot and every patch once', async () => {
    const client = await openClient();
    client.socket.send('{"kind":"subscribe"}');
    client.socket.send('{"kind":"subscribe"}');
    expect([(await client.next()).kind, (await client.next()).kind]).toEqual(['snapshot', 'snapshot']);
    store.update((draft) => void (draft.network.peers = 2));
    store.update((draft) => void (draft.network.peers = 3));
    expect([await client.next(), await client.next()]).toMatchObject([{ sequence: 1 }, { sequence: 2 }]);
  });

  test('passes commands on unchecked to the app, and its reply back under the same id', async () => {
    const client = await openClient();
    client.socket.send('{"kind":"command","id":7,"name":"work.start","payload":{}}');
    expect(await client.next()).toEqual({ kind: 'reply', id: 7, reply: { ok: true } });
    expect(commands).toEqual([['work.start', {}]]);
  });

  test.each([
    ['text that is not JSON', '{'],
    ['an unknown kind', '{"kind":"explode"}'],
    ['an extra key', '{"kind":"subscribe","also":1}'],
    ['a command without an id', '{"kind":"command","name":"work.start","payload":{}}'],
    ['an id that is not a number', '{"kind":"command","id":"1","name":"work.start","payload":{}}'],
    ['null', 'null'],
  ])('closes on %s', async (_, text) => {
    const client = await openClient();
    client.socket.send(text);
    expect(await client.closed()).toBe(1008);
    expect(commands).toEqual([]);
  });

  test('closes on a binary message', async () => {
    const client = await openClient();
    client.socket.send(Buffer.from('{"kind":"subscribe"}'));
    expect(await client.closed()).toBe(1008);
  });

  test('closes on a message that is too large, before it is read', async () => {
    const client = await openClient();
    client.socket.on('error', () => undefined);
    client.socket.send(`{"kind":"subscribe","x":"${'x'.repeat(MAX_CLIENT_MESSAGE_BYTES)}"}`);
    expect(await client.closed()).toBe(1009);
  });

  test('closes on more commands at once than any person can click', async () => {
    commandsMayEnd = new Promise((resolve) => (releaseCommands = resolve));
    const client = await openClient();
    for (let id = 0; id < 17; id += 1) {
      client.socket.send(`{"kind":"command","id":${id},"name":"hardware.rescan","payload":{}}`);
    }
    expect(await client.closed()).toBe(1013);
    expect(commands).toHaveLength(16);
    releaseCommands();
  });

  test('has sixteen places', async () => {
    const clients = await Promise.all(Array.from({ length: 16 }, () => openClient()));
    await expect(openClient()).rejects.toThrow('503');
    clients[0]!.socket.close();
    await clients[0]!.closed();
    await expect
      .poll(() =>
        openClient().then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
  });

  test('drops a client that does not read', async () => {
    const Cookie = await logIn();
    const socket = connect(dashboard.port, '127.0.0.1');
    const upgrade = [
      'GET /ws HTTP/1.1',
      `Host: ${own()}`,
      `Origin: http://${own()}`,
      `Cookie: ${Cookie}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==',
    ];
    socket.write(`${upgrade.join('\r\n')}\r\n\r\n`);
    await new Promise((resolve) => socket.once('data', resolve));
    socket.pause();
    const subscribe = Buffer.from('{"kind":"subscribe"}');
    // A masked text frame with an all-zero mask.
    socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | subscribe.length, 0, 0, 0, 0]), subscribe]));
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => undefined);
    const large = 'x'.repeat(1_000_000);
    // More than the kernel's buffers and ours together: the state goes on without that client.
    for (let index = 0; index < 40 && !socket.destroyed; index += 1) {
      store.update((draft) => void (draft.notices = [{ id: `${index}`, level: 'info', message: large, atMs: index }]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await gone;
    expect((await openClient()).socket.readyState).toBe(WebSocket.OPEN);
  });
});

test('a port that is taken is named', async () => {
  const again = openDashboard({
    port: dashboard.port,
    folder: '/nowhere',
    store,
    command: () => Promise.resolve({ ok: true }),
    log: () => undefined,
  });
  await expect(again).rejects.toMatchObject({ code: 'PORT_IN_USE', message: `Port ${dashboard.port} is in use` });
});

test('closing ends every connection', async () => {
  const client = await openClient();
  await dashboard.close();
  await client.closed();
  await expect(ask('/')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  // afterEach closes once more, which must do no harm.
});
