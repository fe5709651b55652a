import { describe, expect, it } from 'vitest';
import { RpcConnection } from '#network/devnet/rpc/connection.ts';
import type { RpcMethods } from '#network/devnet/rpc/rpc-method.ts';

const long = 'x'.repeat(20 * 1024 * 1024);
/** A string cannot have so many characters: to write it down throws, without a minute of writing first. */
const endless = { toJSON: (): string => 'x'.repeat(2 ** 30) };

interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

function connect(methods: RpcMethods) {
  const sent: string[] = [];
  const log: string[] = [];
  const connection = new RpcConnection({
    methods,
    send: (text) => sent.push(text),
    canSubscribe: true,
    log: (line) => log.push(line),
  });
  const ask = (...requests: readonly object[]): unknown =>
    JSON.parse(connection.receive(JSON.stringify(requests.length === 1 ? requests[0] : requests)) ?? 'null');
  return { ask, sent, log };
}

describe('a connection of the RPC', () => {
  it('refuses what would be longer than a client takes, and goes on', () => {
    const { ask } = connect({ longer: () => endless, ping: () => 'pong' });
    expect((ask({ id: 1, method: 'longer' }) as Answer).error?.message).toMatch(/too long/);
    expect(ask({ id: 2, method: 'ping' })).toMatchObject({ id: 2, result: 'pong' });
  });

  it('refuses the answers of a batch that together would be too long', () => {
    const { ask } = connect({ long: () => long, ping: () => 'pong' });
    const batch = ['long', 'long', 'ping'].map((method, id) => ({ id, method }));
    const answers = ask(...batch) as Answer[];
    expect(answers.map(({ error }) => error?.message)).toEqual([
      undefined,
      expect.stringMatching(/too long/) as string,
      undefined,
    ]);
  });

  it('ends a subscription whose news cannot be written down, and whoever has the news goes on', () => {
    let tell: ((news: unknown) => void) | undefined;
    let isEnded = false;
    const { ask, log } = connect({
      follow: (_, caller) =>
        caller.subscribe('news', (notify) => {
          tell = notify;
          return () => void (isEnded = true);
        }),
    });
    ask({ id: 1, method: 'follow' });
    expect(() => tell?.(endless)).not.toThrow();
    expect(isEnded).toBe(true);
    expect(log).toEqual([expect.stringMatching(/too long/)]);
  });

  it('keeps no more of the news that a batch causes before its answer than of an answer', async () => {
    let written = 0;
    const news = {
      toJSON: (): string => {
        written += 1;
        return long;
      },
    };
    let ended = 0;
    const { ask, sent, log } = connect({
      follow: (_, caller) =>
        caller.subscribe('news', (notify) => {
          notify(news);
          notify(news);
          return () => void (ended += 1);
        }),
      ping: () => 'pong',
    });
    const batch = Array.from({ length: 128 }, (_, id) => ({ id, method: 'follow' }));
    expect(ask(...batch)).toHaveLength(128);
    await Promise.resolve();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.length).toBeGreaterThan(long.length);
    expect(ended).toBe(128);
    expect(log).toHaveLength(128);
    expect(written).toBe(2);
    ask({ id: 1, method: 'follow' });
    await Promise.resolve();
    expect(sent).toHaveLength(2);
  });

  it('lets its subscriptions keep two mebibytes together, and gives room back with each', () => {
    const { ask } = connect({
      keep: ([bytes], caller) => caller.subscribe('news', () => () => undefined, Number(bytes)),
      forget: ([id], caller) => caller.unsubscribe(id),
    });
    const keep = (bytes: number): Answer => ask({ id: 1, method: 'keep', params: [bytes] }) as Answer;
    const { result: id } = keep(1024 * 1024);
    expect(keep(1024 * 1024).error).toBeUndefined();
    expect(keep(1).error?.message).toMatch(/may be to 2097152 bytes/);
    expect(ask({ id: 1, method: 'forget', params: [id] })).toMatchObject({ result: true });
    expect(ask({ id: 1, method: 'forget', params: [id] })).toMatchObject({ result: false });
    expect(keep(1024 * 1024).error).toBeUndefined();
    expect(keep(1).error).toBeDefined();
  });
});
