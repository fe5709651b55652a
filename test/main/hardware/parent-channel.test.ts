import { expect, test } from 'vitest';
import { openParentChannel } from '#main/core/hardware/parent-channel.ts';

test('inside Electron the parent port carries the messages', async () => {
  const posted: unknown[] = [];
  let deliver: (event: { readonly data: unknown }) => void = () => undefined;
  const channel = openParentChannel({
    parentPort: {
      postMessage: (message) => posted.push(message),
      on: (_event, listener) => {
        deliver = listener;
      },
    },
    on: () => undefined,
  });
  const received: unknown[] = [];
  channel?.onMessage((message) => received.push(message));
  deliver({ data: { kind: 'detect' } });
  await channel?.send({ kind: 'failed', message: 'x' });
  expect({ received, posted }).toEqual({ received: [{ kind: 'detect' }], posted: [{ kind: 'failed', message: 'x' }] });
});

test('without a parent there is no channel', () => {
  expect(openParentChannel({ on: () => undefined })).toBeNull();
});
