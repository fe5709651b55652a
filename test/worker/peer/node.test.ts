import { describe, expect, it, vi } from 'vitest';
import { MillraceError } from '#protocol/errors.ts';
import { startPeer } from '#worker/peer/node.ts';
import { parsePeerAddress } from '#worker/peer/peer-address.ts';
import type { PeerStream } from '#worker/peer/peer-stream.ts';
import { pattern } from './pattern.ts';
import { TEST_PROTOCOL, addressOf, testPeer } from './test-peers.ts';

const seed = new Uint8Array(32).fill(200);
const silent = (): void => undefined;

/** Sends everything back until the other side closes its end. */
async function echo(stream: PeerStream): Promise<void> {
  for (;;) {
    const piece = await stream.readSome(64 * 1024);
    if (piece === null) return;
    await stream.write(piece);
  }
}

describe('a peer', () => {
  it('tells where it is reached, in the form that others read', async () => {
    const peer = await testPeer();
    expect(peer.addresses().length).toBeGreaterThan(0);
    for (const address of peer.addresses()) expect(parsePeerAddress(address).peerId).toBe(peer.peerId);
  });

  it('carries bytes both ways, each end closing when it is done', async () => {
    const [server, client] = [await testPeer(), await testPeer()];
    const seen = vi.fn<(peerId: string) => void>();
    await server.handle(TEST_PROTOCOL, async (stream) => {
      seen(stream.remotePeerId);
      await echo(stream);
    });
    const stream = await client.open(TEST_PROTOCOL, addressOf(server));
    const sent = pattern(200_000);
    const sending = stream.write(sent).then(() => stream.end());
    expect(await stream.readExactly(sent.length)).toEqual(sent);
    await sending;
    expect(await stream.readSome(1)).toBeNull();
    await stream.closed;
    expect(seen).toHaveBeenCalledExactlyOnceWith(client.peerId);
    expect(stream.remotePeerId).toBe(server.peerId);
  });

  it('makes a fast sender wait for a slow reader, and loses nothing', async () => {
    const [server, client] = [await testPeer(), await testPeer()];
    const sent = pattern(16 * 1024 * 1024);
    let writtenBytes = 0;
    await server.handle(TEST_PROTOCOL, async (stream) => {
      for (let at = 0; at < sent.length; at += 65_536) {
        await stream.write(sent.subarray(at, at + 65_536));
        writtenBytes += 65_536;
      }
    });
    const stream = await client.open(TEST_PROTOCOL, addressOf(server));
    const first = await stream.readExactly(1);
    // By the time that another stream has gone to and fro, an unhindered sender would be done with all of it.
    const other = await client.open({ ...TEST_PROTOCOL, id: '/other/1.0.0' }, addressOf(server)).catch(() => null);
    expect(other).toBeNull();
    expect(writtenBytes).toBeLessThan(sent.length / 2);
    const rest = await stream.readExactly(sent.length - 1);
    expect(Buffer.concat([first, rest]).equals(sent)).toBe(true);
    stream.release();
  });

  it('fails at once, not after a time-out, when the one it writes to vanishes', async () => {
    const [server, client] = [await testPeer(), await testPeer()];
    const failed = new Promise<unknown>((resolve) => {
      void server.handle(TEST_PROTOCOL, async (stream) => {
        const writing = Array.from({ length: 64 }).reduce<Promise<void>>(
          (before) => before.then(() => stream.write(new Uint8Array(262_144))),
          Promise.resolve(),
        );
        await writing.catch(resolve);
      });
    });
    const stream = await client.open(TEST_PROTOCOL, addressOf(server));
    await stream.readExactly(1);
    await client.stop();
    expect(await failed).toMatchObject({ code: 'PEER_UNREACHABLE' });
    await expect(stream.readExactly(16 * 1024 * 1024)).rejects.toBeInstanceOf(MillraceError);
  });

  it('counts its peers and tells of changes until told to stop', async () => {
    const [server, client] = [await testPeer(), await testPeer()];
    const counts: number[] = [];
    const changed = new Promise<void>((resolve) => {
      const end = server.onPeerCount((count) => {
        counts.push(count);
        if (count > 0) return;
        end();
        resolve();
      });
    });
    await server.handle(TEST_PROTOCOL, echo);
    const stream = await client.open(TEST_PROTOCOL, addressOf(server));
    expect([server.peerCount(), client.peerCount()]).toEqual([1, 1]);
    stream.release();
    await client.stop();
    await changed;
    expect(counts).toEqual([1, 0]);
    expect(server.peerCount()).toBe(0);
  });

  it('reaches again a peer that has come back at the same address', async () => {
    const client = await testPeer();
    const start = async (listenAddress: string): ReturnType<typeof startPeer> => {
      const server = await startPeer({ listenAddress, seed, warn: silent });
      await server.handle(TEST_PROTOCOL, echo);
      return server;
    };
    const before = await start('/ip4/127.0.0.1/tcp/0');
    const address = addressOf(before);
    (await client.open(TEST_PROTOCOL, address)).release();
    await before.stop();
    const after = await start(address.slice(0, address.indexOf('/p2p/')));
    try {
      (await client.open(TEST_PROTOCOL, address)).release();
    } finally {
      await after.stop();
    }
  });

  it('does not reach itself', async () => {
    const peer = await testPeer();
    await expect(peer.open(TEST_PROTOCOL, addressOf(peer))).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
  });

  it('stops twice without harm', async () => {
    const peer = await testPeer();
    await peer.stop();
    await peer.stop();
  });
});

describe('streams beyond the limit', () => {
  it('wait their turn at the end that opens them', async () => {
    const [server, client] = [await testPeer(), await testPeer()];
    let [open, most] = [0, 0];
    await server.handle(TEST_PROTOCOL, async (stream) => {
      open += 1;
      most = Math.max(most, open);
      await echo(stream);
      open -= 1;
    });
    const exchange = async (): Promise<void> => {
      const stream = await client.open(TEST_PROTOCOL, addressOf(server));
      await stream.write(pattern(10));
      await stream.readExactly(10);
      stream.release();
    };
    await Promise.all(Array.from({ length: 12 }, exchange));
    expect(most).toBeLessThanOrEqual(TEST_PROTOCOL.maxInboundPerPeer);
  });

  it('are reset at the end that serves them, when a peer does not keep to its limit', async () => {
    const [server, greedy, modest] = [await testPeer(), await testPeer(), await testPeer()];
    await server.handle(TEST_PROTOCOL, echo);
    const unlimited = { ...TEST_PROTOCOL, maxOutboundPerPeer: 10 };
    const echoes = async (stream: PeerStream): Promise<boolean> => {
      try {
        await stream.write(pattern(10));
        return (await stream.readExactly(10)).length === 10;
      } catch {
        return false;
      }
    };
    const streams: PeerStream[] = [];
    for (let i = 0; i < 5; i += 1) streams.push(await greedy.open(unlimited, addressOf(server)));
    const served = await Promise.all(streams.map(echoes));
    expect(served.filter(Boolean).length).toBe(TEST_PROTOCOL.maxInboundPerPeer);
    expect(await echoes(await modest.open(TEST_PROTOCOL, addressOf(server)))).toBe(true);
    for (const stream of streams) stream.release();
  });
});

describe('a handler that throws', () => {
  const resetBy = async (error: Error): Promise<readonly string[]> => {
    const warnings: string[] = [];
    const [server, client] = [await testPeer((message) => warnings.push(message)), await testPeer()];
    await server.handle(TEST_PROTOCOL, () => Promise.reject(error));
    const stream = await client.open(TEST_PROTOCOL, addressOf(server));
    await expect(stream.readExactly(1)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    return warnings;
  };

  it('resets its stream, and the log says why', async () => {
    expect(await resetBy(new Error('a bug'))).toEqual([`${TEST_PROTOCOL.id} failed: a bug`]);
  });

  it('says nothing when the peer is to blame, so that no peer can fill the log', async () => {
    expect(await resetBy(new MillraceError('PROTOCOL', 'nonsense'))).toEqual([]);
  });
});

describe('a peer that cannot start', () => {
  it('says that the port is in use', async () => {
    const other = await testPeer();
    const listenAddress = addressOf(other).slice(0, addressOf(other).indexOf('/p2p/'));
    await expect(startPeer({ listenAddress, seed, warn: silent })).rejects.toMatchObject({ code: 'PORT_IN_USE' });
  });

  it.each(['nonsense', '/ip4/127.0.0.1/udp/1', '/ip4/203.0.113.7/tcp/0', ''])(
    'says that it cannot listen on %j',
    async (listenAddress) => {
      await expect(startPeer({ listenAddress, seed, warn: silent })).rejects.toMatchObject({ code: 'USAGE' });
    },
  );

  it('gives up when its caller does', async () => {
    const signal = AbortSignal.abort();
    const starting = startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed, warn: silent, signal });
    await expect(starting).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
