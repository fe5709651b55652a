import { validatorStartSchema } from '#protocol/start-messages.ts';
import { openParentChannel } from '#worker/process/parent-channel.ts';
import { runUnderParent } from '#worker/process/run-under-parent.ts';
import { startValidator } from './run-validator.ts';

/** Entry of the validator process (dist/validator.js): waits for its configuration on the parent channel. */
const channel = openParentChannel();
if (channel === undefined) {
  process.stderr.write('The validator is started by Millrace. To run one by hand: millrace validator --help\n');
  process.exitCode = 2;
} else {
  await runUnderParent(channel, async (signal) => {
    const config = await channel.firstMessage(validatorStartSchema, { signal });
    await startValidator(config, (message) => channel.send(message), signal);
  });
}
