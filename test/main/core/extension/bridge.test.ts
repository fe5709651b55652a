import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createExtensionBridge } from '#main/core/extension/bridge.ts';
import { extensionHandlers } from '#main/core/extension/extension-handlers.ts';
import type { ExtensionChain } from '#main/core/extension/extension-chain.ts';
import type { ExtensionAccount } from '#main/core/extension/ports.ts';
import { addressOf, keyPairFromSeed } from '#protocol/keys.ts';
import { startBridgeScene, type BridgeScene } from './bridge-scene.ts';

const never = new AbortController().signal;
const { address } = keyPairFromSeed(new Uint8Array(32).fill(3));
const account = { address, name: 'Mine', source: 'test-signer' };

let scene: BridgeScene;
let connected: Promise<readonly ExtensionAccount[]>;
let giveUp: AbortController;

beforeEach(() => {
  scene = startBridgeScene();
  giveUp = new AbortController();
  connected = scene.bridge.connect(giveUp.signal);
  connected.catch(() => undefined);
});
afterEach(() => scene.bridge.close());

const answerOf = (taskId: string) => ({ taskId, kind: 'accounts', accounts: [account] });

describe('asking a browser extension', () => {
  test('opens a link, hears what is injected, and ends with what was chosen', async () => {
    const url = await scene.link();
    expect(scene.opened).toEqual([url.href]);
    expect(url.hostname).toBe('127.0.0.1');
    const page = await scene.enter();
    expect(page.task).toMatchObject({ kind: 'connect', expiresAtMs: 301_000 });
    const extensions = [{ name: 'polkadot-js', version: '0.63.1' }];
    expect((await page.post('/found', { taskId: page.task.id, extensions })).status).toBe(200);
    expect(scene.states.at(-1)).toMatchObject({ kind: 'waiting-for-extension', extensions, expiresAtMs: 301_000 });
    expect((await page.post('/answer', answerOf(page.task.id))).status).toBe(200);
    expect(await connected).toEqual([account]);
    expect(scene.states.at(-1)).toEqual({ kind: 'idle' });
  });

  test('serves nothing once it has ended', async () => {
    const page = await scene.enter();
    await page.post('/answer', answerOf(page.task.id));
    await connected;
    await expect(page.get('/task')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('asks for one thing at a time', async () => {
    await expect(scene.bridge.connect(never)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    const page = await scene.enter();
    await page.post('/answer', answerOf(page.task.id));
    expect(await connected).toEqual([account]);
  });

  test('says so when its owner refuses', async () => {
    const page = await scene.enter();
    await page.post('/answer', { taskId: page.task.id, kind: 'refused' });
    await expect(connected).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
    expect(scene.states.at(-1)).toMatchObject({ kind: 'failed', code: 'SIGNING_REFUSED', purpose: 'connect' });
  });

  test('uses no answer that came when its owner has called it off in the app', async () => {
    const { port } = await scene.link();
    // A request that is never sent to its end keeps the page's server open a little.
    const slow = connect(Number(port), '127.0.0.1');
    await once(slow, 'connect');
    slow.on('error', () => undefined).write('GET / HTTP/1.1');
    const page = await scene.enter();
    await page.post('/answer', answerOf(page.task.id));
    scene.bridge.refuse();
    await expect(connected).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
    expect(scene.states.at(-1)).toEqual({ kind: 'idle' });
  });

  test('says so when nobody answers in time', async () => {
    const hurried = startBridgeScene(20);
    await expect(hurried.bridge.connect(never)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(hurried.states.at(-1)).toMatchObject({ kind: 'failed', code: 'TIMEOUT' });
    await hurried.bridge.close();
  });

  test('says so when its port is taken', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as AddressInfo;
    const states: unknown[] = [];
    const bridge = createExtensionBridge({
      ...{ port, folder: '/nowhere', nowMs: () => 0, log: () => undefined },
      onChange: (state) => states.push(state),
    });
    await expect(bridge.connect(never)).rejects.toMatchObject({ code: 'PORT_IN_USE' });
    expect(states.at(-1)).toMatchObject({ kind: 'failed', code: 'PORT_IN_USE' });
    squatter.close();
  });

  test('ends when its owner gives up, and when Millrace does', async () => {
    await scene.link();
    giveUp.abort();
    await expect(connected).rejects.toMatchObject({ code: 'ABORTED' });
    const again = scene.bridge.connect(never);
    await scene.link();
    const closed = scene.bridge.close();
    await expect(again).rejects.toMatchObject({ code: 'ABORTED' });
    await closed;
    await expect(scene.bridge.connect(never)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('what the app can do about it', () => {
  const handlersWith = (keep: (chosen: ExtensionAccount) => void) =>
    extensionHandlers({
      ...{ bridge: scene.bridge, mayKeep: () => undefined, keep, log: () => undefined },
      state: () => scene.states.at(-1)!,
      show: scene.show,
    });

  test('cancel it, which leaves nothing to be told', async () => {
    await scene.link();
    void handlersWith(() => undefined)['extension.cancel']({});
    await expect(connected).rejects.toMatchObject({ code: 'SIGNING_REFUSED' });
    expect(scene.states.at(-1)).toEqual({ kind: 'idle' });
  });

  describe('when an account was chosen', () => {
    let kept: ExtensionAccount[];
    let problem: string | null;
    let handlers: ReturnType<typeof handlersWith>;
    beforeEach(async () => {
      await scene.link();
      giveUp.abort();
      await connected.catch(() => undefined);
      [kept, problem] = [[], null];
      handlers = handlersWith((chosen) => {
        if (problem !== null) throw new Error(problem);
        kept.push(chosen);
      });
      void handlers['extension.connect']({});
      const page = await scene.enter();
      await page.post('/answer', answerOf(page.task.id));
      await scene.confirming();
    });
    const asked = { kind: 'confirming', account };

    test('keep it once its owner has confirmed that very address, and not before', () => {
      expect([kept, scene.states.at(-1)]).toEqual([[], asked]);
      expect(() => handlers['extension.confirm']({ address: addressOf(new Uint8Array(32).fill(9)) })).toThrow(
        'no longer asked about',
      );
      expect([kept, scene.states.at(-1)]).toEqual([[], asked]);
      void handlers['extension.confirm']({ address: account.address });
      expect([kept, scene.states.at(-1)]).toEqual([[account], { kind: 'idle' }]);
      expect(() => handlers['extension.confirm']({ address: account.address })).toThrow('no longer asked about');
      expect(kept).toHaveLength(1);
    });

    test('forget it', () => {
      void handlers['extension.cancel']({});
      expect([kept, scene.states.at(-1)]).toEqual([[], { kind: 'idle' }]);
      expect(() => handlers['extension.confirm']({ address: account.address })).toThrow('no longer asked about');
    });

    test('hear why it cannot be kept', () => {
      problem = 'There is a coldkey already';
      expect(() => handlers['extension.confirm']({ address: account.address })).toThrow(problem);
      expect(scene.states.at(-1)).toEqual(asked);
    });
  });
});

describe('a signature', () => {
  const payload = { address, genesisHash: '0x11', method: '0x2a' } as never;
  const chain: ExtensionChain = {
    ...{ name: 'Test', genesisHash: '0x11', specVersion: 7, rawMetadata: '0xaa', metaCalls: 'bb' },
    decodeCall: (method) => [{ label: 'Call', value: method }],
  };
  const shown = { title: 'Send 1 TAO', lines: [{ label: 'You pay', value: '1 TAO' }] };
  const askFor = (asked: unknown = payload) => {
    const signer = scene.bridge.signerFor(address, { shown, chain, signal: never });
    if (!('signPayload' in signer)) throw new Error('No external signer');
    const signed = signer.signPayload(asked as never);
    signed.catch(() => undefined);
    return signed;
  };
  beforeEach(async () => {
    await scene.link();
    giveUp.abort();
    await connected.catch(() => undefined);
  });

  test('is asked for with the words, the decoded call, the payload and the metadata', async () => {
    const signed = askFor();
    const page = await scene.enter();
    const whole = { ...shown, call: [{ label: 'Call', value: '0x2a' }] };
    expect(page.task).toMatchObject({ kind: 'sign', address, shown: whole, payload, chain: { specVersion: 7 } });
    expect(scene.states.at(-1)).toMatchObject({ kind: 'waiting-for-browser', purpose: 'sign', shown: whole });
    expect(JSON.parse((await page.get('/metadata')).body)).toEqual({ rawMetadata: '0xaa', metaCalls: 'bb' });
    const signature = `0x01${'ab'.repeat(64)}`;
    expect((await page.post('/answer', { taskId: page.task.id, kind: 'signed', signature })).status).toBe(200);
    expect(await signed).toEqual({ id: 0, signature });
  });

  test('is not asked for when the payload is another account’s or another chain’s', async () => {
    const other = addressOf(new Uint8Array(32).fill(9));
    await expect(askFor({ address: other, genesisHash: '0x11', method: '0x2a' })).rejects.toThrow('another account');
    await expect(askFor({ address, genesisHash: '0x12', method: '0x2a' })).rejects.toThrow('another account');
    expect(scene.opened).toHaveLength(1);
  });

  test('is no account, and an account no signature', async () => {
    void askFor();
    const page = await scene.enter();
    expect((await page.post('/answer', answerOf(page.task.id))).status).toBe(400);
    for (const signature of ['', '0x', 'ab', '0xzz', `0x${'ab'.repeat(67)}`, 5, null]) {
      expect((await page.post('/answer', { taskId: page.task.id, kind: 'signed', signature })).status).toBe(400);
    }
  });
});

describe('the page’s server', () => {
  test('opens by a link once, with a cookie that scripts and other sites cannot use', async () => {
    const url = await scene.link();
    const path = url.pathname + url.search;
    const { status, headers, body } = await scene.ask(path);
    expect([status, body]).toEqual([200, '<!doctype html><title>Page</title>']);
    expect(headers['set-cookie']).toEqual([
      expect.stringMatching(/^millrace-extension-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/),
    ]);
    expect((await scene.ask(path)).status).toBe(401);
    expect((await scene.ask('/?token=guessed')).status).toBe(401);
  });

  test('does not use the link up for a look', async () => {
    const url = await scene.link();
    expect((await scene.ask(url.pathname + url.search, { method: 'HEAD' })).status).toBe(401);
    expect((await scene.ask(url.pathname + url.search)).status).toBe(200);
  });

  test('shows a fresh link in the app when the first was used, so that a page that came to nothing can be opened again', async () => {
    const first = await scene.link();
    await scene.ask(first.pathname + first.search);
    const second = await scene.link();
    expect(second.href).not.toBe(first.href);
    expect((await scene.ask(second.pathname + second.search)).status).toBe(200);
  });

  test('lets its page load nothing from elsewhere and run nothing inline', async () => {
    const page = await scene.enter();
    for (const path of ['/', '/page.js', '/task', '/missing']) {
      const policy = (await page.get(path)).headers['content-security-policy'];
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).not.toContain('unsafe');
    }
  });

  test.each(['/', '/page.js', '/task', '/metadata', '/events'])(
    'gives %s to nobody without a session',
    async (path) => {
      await scene.link();
      expect((await scene.ask(path)).status).toBe(401);
      expect((await scene.ask(path, { headers: { Cookie: 'millrace-extension-1=x' } })).status).toBe(401);
    },
  );

  test.each([
    ['another name for this machine', { Host: 'evil.example' }, 421],
    ['another port', { Host: '127.0.0.1:1' }, 421],
    ['another site’s page', { Origin: 'https://evil.example' }, 403],
    ['a page of another port', { Origin: 'http://127.0.0.1:1' }, 403],
    ['a sandboxed page', { Origin: 'null' }, 403],
    ['a form', { 'Content-Type': 'text/plain' }, 415],
    ['nobody', { Cookie: '' }, 401],
  ])('refuses an answer that comes by %s', async (_, headers, status) => {
    const page = await scene.enter();
    expect((await page.post('/answer', answerOf(page.task.id), headers)).status).toBe(status);
    expect((await page.get('/task')).status).toBe(200);
  });

  test('refuses an answer whose sender does not name its origin', async () => {
    const page = await scene.enter();
    const { Cookie } = page.headers;
    const headers = { Cookie: Cookie!, 'Content-Type': 'application/json' };
    const body = JSON.stringify(answerOf(page.task.id));
    expect((await scene.ask('/answer', { method: 'POST', headers, body })).status).toBe(403);
  });

  test('refuses what is too long, no JSON, or has another form, and goes on', async () => {
    const page = await scene.enter();
    const taskId = page.task.id;
    const raw = (body: string) => scene.ask('/answer', { method: 'POST', headers: page.headers, body });
    expect((await raw('{')).status).toBe(400);
    expect((await raw('')).status).toBe(400);
    const long = await raw(JSON.stringify({ taskId, kind: 'refused', more: 'x'.repeat(70_000) })).catch(() => null);
    // The connection may break before so much was sent.
    expect(long?.status ?? 413).toBe(413);
    for (const message of [null, [], {}, { taskId }, { taskId, kind: 'accounts', accounts: [] }, { taskId, kind: 'x' }])
      expect((await page.post('/answer', message)).status).toBe(400);
    const bad = { ...account, address: 'not an address' };
    expect((await page.post('/answer', { taskId, kind: 'accounts', accounts: [bad] })).status).toBe(400);
    expect((await page.post('/answer', answerOf('another'))).status).toBe(410);
    expect((await page.post('/found', { taskId, extensions: [{ name: 'x'.repeat(200), version: '' }] })).status).toBe(
      400,
    );
    expect((await page.post('/answer', answerOf(taskId))).status).toBe(200);
    expect(await connected).toEqual([account]);
  });

  test('reads one message at a time', async () => {
    const page = await scene.enter();
    const url = await scene.link();
    const headers = { ...page.headers, 'Content-Length': '2', Expect: '100-continue' };
    const slow = request(new URL('/found', url), { method: 'POST', headers, agent: false });
    const refused = new Promise<number>((resolve) => slow.on('response', ({ statusCode }) => resolve(statusCode ?? 0)));
    slow.flushHeaders();
    await once(slow, 'continue');
    expect((await page.post('/answer', answerOf(page.task.id))).status).toBe(429);
    slow.end('{}');
    expect(await refused).toBe(400);
    expect((await page.post('/answer', answerOf(page.task.id))).status).toBe(200);
  });

  test('answers only the methods that it knows', async () => {
    const page = await scene.enter();
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await scene.ask('/task', { method, headers: page.headers })).status).toBe(405);
  });

  test('outlives 2,000 random requests, and still takes the right answer', async () => {
    const page = await scene.enter();
    // xorshift32: the same requests in every run.
    let seed = 0x2545f491;
    const below = (limit: number): number => {
      seed ^= seed << 13;
      seed ^= seed >>> 17;
      seed ^= seed << 5;
      return (seed >>> 0) % limit;
    };
    const pick = <T>(values: readonly T[]): T => values[below(values.length)]!;
    const bytes = () => Buffer.from(Array.from({ length: below(64) }, () => below(256)));
    const junk = (): string => bytes().toString(pick(['hex', 'base64', 'latin1']));
    const body = (): string =>
      pick([
        junk,
        () => JSON.stringify({ taskId: page.task.id, kind: junk(), accounts: [junk()] }),
        () => JSON.stringify({ taskId: junk(), kind: 'refused' }),
        () => '['.repeat(below(5_000)),
        () => JSON.stringify({ __proto__: null, taskId: null, constructor: 1 }),
      ])();
    const shoot = async (): Promise<void> => {
      const headers: Record<string, string> = below(2) === 0 ? { ...page.headers } : {};
      if (below(4) === 0) headers['Host'] = pick(['evil.example', '127.0.0.1', '[::1]:1']);
      if (below(4) === 0) headers['Cookie'] = `${junk().replaceAll(/[^\w]/g, '')}=${'x'.repeat(below(500))}`;
      // Without a session: with one, a body that never ends holds the next up until its time is over.
      if (below(8) === 0) Object.assign(headers, { Cookie: '', 'Content-Length': String(below(100)) });
      const path = pick(['/', '/task', '/found', '/answer', '/metadata', '/../../etc/passwd', `/${encodeURI(junk())}`]);
      const method = pick(['GET', 'POST', 'POST', 'HEAD', 'PUT']);
      const sent = method === 'POST' || method === 'PUT' ? { method, headers, body: body() } : { method, headers };
      const aborted = new Promise<null>((resolve) => setTimeout(resolve, 500, null));
      const answer = await Promise.race([scene.ask(path, sent).catch(() => null), aborted]);
      expect(answer?.status ?? 400).toBeLessThan(500);
    };
    for (let i = 0; i < 2_000 / 20; i += 1) await Promise.all(Array.from({ length: 20 }, shoot));
    expect((await page.get('/task')).status).toBe(200);
    expect((await page.post('/answer', answerOf(page.task.id))).status).toBe(200);
    expect(await connected).toEqual([account]);
  }, 120_000);
});
