import { errorCode, errorMessage } from '#protocol/errors.ts';
import { openParentChannel, type ParentChannel } from '#worker/process/parent-channel.ts';
import { chainStartSchema, runChain } from './run-chain.ts';

/** The chain process: started by a parent that sends `ChainStart`, ends on `stop`, a signal, or when the parent is gone. */
async function main(channel: ParentChannel): Promise<void> {
  const chain = await runChain(await channel.firstMessage(chainStartSchema), (message) => channel.send(message));

  const stopped = new Promise<void>((resolve) => {
    channel.onMessage((message) => {
      if (typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'stop') resolve();
    });
    channel.onClose(resolve);
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  channel.send({ kind: 'ready', url: chain.url });

  const failure = await Promise.race([stopped, chain.failure]);
  await chain.stop();
  if (failure instanceof Error) throw failure;
}

const channel = openParentChannel();
if (channel === undefined) {
  process.stderr.write('This program is a part of Millrace and is started by it: run `millrace devnet`.\n');
  process.exitCode = 2;
} else {
  main(channel).then(
    () => channel.exit(0),
    (error: unknown) => {
      channel.send({ kind: 'failed', code: errorCode(error) ?? 'PROTOCOL', message: errorMessage(error) });
      channel.exit(1);
    },
  );
}
