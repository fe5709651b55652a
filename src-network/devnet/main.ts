import { cryptoWaitReady } from '@polkadot/util-crypto/crypto';
import { openParentChannel } from '#worker/process/parent-channel.ts';
import { runUnderParent } from '#worker/process/run-under-parent.ts';
import { chainStartSchema, runChain } from './run-chain.ts';

const channel = openParentChannel();
if (channel === undefined) {
  process.stderr.write('This program is a part of Millrace and is started by it.\n');
  process.exitCode = 2;
} else {
  await runUnderParent(channel, async (signal) => {
    const start = await channel.firstMessage(chainStartSchema, { signal });
    await cryptoWaitReady();
    const devnet = await runChain(start, (message) => channel.send(message));
    try {
      channel.send({ kind: 'ready', url: devnet.url });
      await untilAborted(signal, devnet.failure);
    } finally {
      await devnet.stop();
    }
  });
}

/** Resolves when `signal` aborts, rejects with what `failure` resolves to. */
async function untilAborted(signal: AbortSignal, failure: Promise<Error>): Promise<void> {
  const aborted = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null), { once: true }));
  const error = signal.aborted ? null : await Promise.race([aborted, failure]);
  if (error !== null) throw error;
}
