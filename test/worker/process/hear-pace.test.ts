import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { hearPace } from '#worker/process/hear-pace.ts';
import { openParentChannel } from '#worker/process/parent-channel.ts';
import { workerStartSchema } from '#protocol/start-messages.ts';

const START = {
  ...{ kind: 'start-worker', chainUrl: 'ws://127.0.0.1:9944', netuid: 3, dataDir: '/worker', threads: 2 },
  ...{ hotkeySeedHex: '00'.repeat(32), listenAddress: '/ip4/127.0.0.1/tcp/0' },
} as const;

/** A worker that was launched over a channel, with what it has said and the shares it was told. */
function setUp() {
  const host = Object.assign(new EventEmitter(), {
    connected: true,
    send: (message: unknown) => said.push(message as ChildMessage) > 0,
    exit: () => undefined,
  });
  const said: ChildMessage[] = [];
  const shares: number[] = [];
  const channel = openParentChannel(host)!;
  const follow = hearPace(channel);
  return {
    ...{ channel, said, shares },
    receive: (message: unknown) => void host.emit('message', message),
    follow: () => follow((share) => void shares.push(share)),
  };
}

test('follows every share that the parent says', () => {
  const { receive, follow, shares } = setUp();
  follow();
  for (const share of [0.5, 0.1, 1]) receive({ kind: 'pace', share });
  expect(shares).toEqual([0.5, 0.1, 1]);
});

test('keeps the newest share that came right behind the first message, before anybody follows', async () => {
  const { channel, receive, follow, shares } = setUp();
  const first = channel.firstMessage(workerStartSchema);
  receive(START);
  for (const share of [0.5, 0.25]) receive({ kind: 'pace', share });
  expect(await first).toEqual(START);
  follow();
  expect(shares).toEqual([0.25]);
});

test.each([[0], [-0.5], [1.01], [NaN], ['0.5'], [null], [undefined]])(
  'tells the parent that a share of %o breaks the format, and goes on as before',
  (share) => {
    const { receive, follow, shares, said } = setUp();
    follow();
    receive({ kind: 'pace', share });
    expect(shares).toEqual([]);
    expect(said).toMatchObject([{ kind: 'log', level: 'warning' }]);
    receive({ kind: 'pace', share: 0.5 });
    expect(shares).toEqual([0.5]);
  },
);

test('leaves other messages to others', () => {
  const { receive, follow, shares, said } = setUp();
  follow();
  for (const message of [{ kind: 'stop' }, 'pace', null, 7]) receive(message);
  expect([shares, said]).toEqual([[], []]);
});
