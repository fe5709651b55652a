import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { connectChain } from '#main/core/connect-chain.ts';
import { startTestDevnet } from '../../support/devnet.ts';

/** An address that leads to another one, and counts who comes. */
async function countingDoor(url: string): Promise<{ readonly url: string; readonly visitors: () => number }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  let visitors = 0;
  server.on('connection', (visitor) => {
    visitors += 1;
    const beyond = new WebSocket(url);
    const opened = once(beyond, 'open');
    visitor.on('message', (data: RawData) => void opened.then(() => beyond.send(data, { binary: false })));
    beyond.on('message', (data: RawData) => visitor.send(data, { binary: false }));
    visitor.on('close', () => beyond.close());
  });
  await once(server, 'listening');
  onTestFinished(() => {
    for (const visitor of server.clients) visitor.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, visitors: () => visitors };
}

test('the app and the owner’s orders use one connection, which ends with the client', async () => {
  const devnet = await startTestDevnet(null);
  onTestFinished(() => devnet.close());
  const door = await countingDoor(devnet.url);
  const { client, orders } = connectChain({ endpoints: [door.url] });
  onTestFinished(() => client.close());
  const { genesisHash } = await client.info();
  const asked = await orders.connection.ask('genesis', (api) => Promise.resolve(api.genesisHash.toHex()));
  expect(asked).toBe(`0x${genesisHash}`);
  expect(door.visitors()).toBe(1);
  client.close();
  expect(orders.connection.state.current()).toBe('disconnected');
  await expect(orders.connection.ask('more', () => Promise.resolve(0))).rejects.toMatchObject({ code: 'ABORTED' });
});
