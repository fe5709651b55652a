import { expect, test, vi } from 'vitest';
import type { ChildMessage } from '#protocol/worker-messages.ts';
import { tellVitals } from '#worker/run/tell-vitals.ts';

test('tells at once, every few seconds, and not any more after the end', () => {
  vi.useFakeTimers();
  const sent: ChildMessage[] = [];
  let inBytes = 0;
  const node = { peer: { peerCount: () => 2 }, traffic: () => ({ inBytes: (inBytes += 10), outBytes: 1 }) };
  const end = tellVitals(node, (message) => sent.push(message));
  vi.advanceTimersByTime(5_000);
  end();
  vi.advanceTimersByTime(20_000);
  vi.useRealTimers();
  expect(sent).toMatchObject([
    { kind: 'vitals', vitals: { peers: 2, blobBytesIn: 10, blobBytesOut: 1 } },
    { kind: 'vitals', vitals: { blobBytesIn: 20 } },
  ]);
});
