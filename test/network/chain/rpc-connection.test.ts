import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import type { RpcHandlers } from '#network/chain/rpc-methods.ts';
import { serveConnection } from '#network/chain/rpc-connection.ts';

const block = { number: 1, hash: 'ab'.repeat(32), timestampMs: 1 };

/** A socket whose other end reads as slowly as the test says. */
class SlowSocket extends EventEmitter {
  readonly readyState = 1;
  bufferedAmount = 0;
  readonly sent: string[] = [];
  terminated = false;
  send(text: string): void {
    this.sent.push(text);
  }
  terminate(): void {
    this.terminated = true;
  }
}

async function subscribed(handlers: Partial<RpcHandlers> = {}) {
  const socket = new SlowSocket();
  const logged: string[] = [];
  const all = {
    chain_subscribeBlocks: (_params: unknown, caller: { subscribeBlocks(): void }) => {
      caller.subscribeBlocks();
      return block;
    },
    ...handlers,
  } as unknown as RpcHandlers;
  const connection = serveConnection(socket as unknown as WebSocket, all, (message) => logged.push(message));
  const say = async (method: string): Promise<void> => {
    socket.emit('message', Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, method })), false);
    await new Promise((resolve) => setImmediate(resolve));
  };
  await say('chain_subscribeBlocks');
  return { socket, connection, logged, say };
}

describe('a connection', () => {
  it('skips blocks for a client that is behind, and goes on once it has caught up', async () => {
    const { socket, connection } = await subscribed();
    connection.sendBlock(block);
    expect(socket.sent).toHaveLength(2);
    socket.bufferedAmount = 64 * 1024 + 1;
    connection.sendBlock(block);
    expect(socket.sent).toHaveLength(2);
    socket.bufferedAmount = 0;
    connection.sendBlock(block);
    expect(socket.sent).toHaveLength(3);
    expect(socket.terminated).toBe(false);
  });

  it('is dropped when its client asks and asks and never reads', async () => {
    const { socket, logged, say } = await subscribed();
    socket.bufferedAmount = 16 * 1024 * 1024 + 1;
    await say('chain_subscribeBlocks');
    expect(socket.terminated).toBe(true);
    expect(socket.sent).toHaveLength(1);
    expect(logged).toEqual(['Dropped a client that does not read its answers']);
  });

  it('refuses request 129 while 128 wait, and takes more once one is answered', async () => {
    let answerOne: (() => void) | undefined;
    const { socket, say } = await subscribed({
      chain_head: () =>
        new Promise((resolve) => {
          answerOne = () => resolve(block);
        }),
    });
    for (let count = 0; count < 128; count += 1) await say('chain_head');
    expect(socket.sent).toHaveLength(1);
    await say('chain_subscribeBlocks');
    expect(JSON.parse(socket.sent[1] ?? '')).toMatchObject({ id: 1, error: { code: -32_005 } });
    answerOne?.();
    await new Promise((resolve) => setImmediate(resolve));
    await say('chain_subscribeBlocks');
    expect(JSON.parse(socket.sent[3] ?? '')).toMatchObject({ id: 1, result: block });
  });

  it('answers a failure inside with an internal error that tells the client nothing', async () => {
    const { socket, logged, say } = await subscribed({
      chain_head: () => {
        throw new Error('secret path');
      },
    });
    await say('chain_head');
    expect(JSON.parse(socket.sent[1] ?? '')).toMatchObject({ error: { code: -32_603, message: 'Internal error' } });
    expect(logged).toEqual(['chain_head failed: secret path']);
  });
});
