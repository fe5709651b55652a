import { once } from 'node:events';
import { createServer, type AddressInfo, connect, type Socket } from 'node:net';
import type { ConnectionEncrypter, MultiaddrConnection } from '@libp2p/interface';
import { Uint8ArrayList } from 'uint8arraylist';
import { expect, it, vi } from 'vitest';
import { joinedWrites } from '#worker/peer/joined-writes.ts';
import { pattern } from './pattern.ts';
import { cleanUp } from './test-peers.ts';

interface Sending {
  sendData(data: Uint8ArrayList): { readonly sentBytes: number; readonly canSendMore: boolean };
}

/** What the encryption gets to see of a connection over this socket. */
async function seenByEncryption(connection: object): Promise<Sending> {
  const secure = vi.fn<ConnectionEncrypter['secureOutbound']>();
  const encrypter = { protocol: '/test', secureInbound: secure, secureOutbound: secure } as ConnectionEncrypter;
  const joined = joinedWrites(() => encrypter)({});
  expect(joined.protocol).toBe('/test');
  await joined.secureOutbound(connection as MultiaddrConnection);
  return secure.mock.calls[0]![0] as unknown as Sending;
}

async function socketPair(): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [far] = (await once(server, 'connection')) as [Socket];
  cleanUp(() => {
    near.destroy();
    far.destroy();
    return Promise.resolve(server.close());
  });
  return [near, far];
}

it('hands the buffers of a message to the system in one call, in order', async () => {
  const [near, far] = await socketPair();
  const writes = vi.spyOn(near, '_writev' as never);
  const sendData = vi.fn<Sending['sendData']>();
  const sending = await seenByEncryption({ socket: near, sendData });
  const parts = [pattern(2, 1), pattern(12, 2), pattern(65_507, 3), pattern(16, 4)];
  const sent = sending.sendData(new Uint8ArrayList(...parts));
  expect(sent.sentBytes).toBe(65_537);
  expect(writes).toHaveBeenCalledOnce();
  const received: Buffer[] = [];
  for (let bytes = 0; bytes < 65_537; bytes += received.at(-1)!.length) {
    received.push((await once(far, 'data'))[0] as Buffer);
  }
  expect(Buffer.concat(received)).toEqual(Buffer.concat(parts));
});

it('says that no more can be sent while the other end takes nothing, and that it can again', async () => {
  const [near, far] = await socketPair();
  const sending = await seenByEncryption({ socket: near, sendData: () => undefined });
  far.pause();
  const drained = once(near, 'drain');
  let canSendMore = true;
  for (let sent = 0; canSendMore && sent < 1000; sent += 1) {
    ({ canSendMore } = sending.sendData(new Uint8ArrayList(pattern(2, 1), pattern(100_000, sent))));
  }
  expect(canSendMore).toBe(false);
  far.resume();
  await drained;
  expect(sending.sendData(new Uint8ArrayList(pattern(2, 1))).canSendMore).toBe(true);
});

it('leaves a connection over something else as it is', async () => {
  const other = { sendData: () => undefined, socket: {} };
  const { sendData } = other;
  await seenByEncryption(other);
  expect(other.sendData).toBe(sendData);
});
