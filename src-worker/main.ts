import { workerStartSchema } from '#protocol/start-messages.ts';
import { availableMemory } from './engine/available-memory.ts';
import { hearPace } from './process/hear-pace.ts';
import { openParentChannel } from './process/parent-channel.ts';
import { runUnderParent } from './process/run-under-parent.ts';
import { startWorker } from './run-worker.ts';

/** Entry of the worker process (dist/worker.js): waits for its configuration on the parent channel. */
const channel = openParentChannel();
if (channel === undefined) {
  process.stderr.write('The worker is started by Millrace. To run one by hand: millrace worker --help\n');
  process.exitCode = 2;
} else {
  await runUnderParent(channel, async (signal) => {
    const followShare = hearPace(channel);
    const config = await channel.firstMessage(workerStartSchema, { signal });
    await startWorker(config, (message) => channel.send(message), signal, availableMemory, followShare);
  });
}
