/** Entry of the hardware probe, a child process of main: one request, one reply, exit. */
import * as v from 'valibot';
import { errorMessage } from '#protocol/errors.ts';
import { detectHardware } from './detect.ts';
import { createNodeHardwareDeps } from './node-deps.ts';
import { openParentChannel, type ParentChannel } from './parent-channel.ts';
import { ProbeRequestSchema, StopSchema, type ProbeReply } from './probe-messages.ts';

async function answer(request: unknown, signal: AbortSignal): Promise<ProbeReply> {
  try {
    if (!v.is(ProbeRequestSchema, request))
      return { kind: 'failed', message: 'The hardware probe got a request that it does not know.' };
    return { kind: 'hardware', state: await detectHardware(createNodeHardwareDeps(), signal) };
  } catch (error) {
    return { kind: 'failed', message: errorMessage(error) };
  }
}

function serve(channel: ParentChannel): void {
  const controller = new AbortController();
  let asked = false;
  /** Kills the tools that are still running; the answer, now that it was cancelled, comes when they are gone. */
  const stop = (): void => {
    controller.abort();
    if (!asked) process.exit(0);
  };
  channel.onClosed(stop);
  channel.onMessage((request) => {
    if (v.is(StopSchema, request)) stop();
    if (asked) return;
    asked = true;
    void answer(request, controller.signal)
      .then((reply) => (controller.signal.aborted ? undefined : channel.send(reply)))
      .then(
        () => process.exit(0),
        () => process.exit(controller.signal.aborted ? 0 : 1), // The parent went while we answered.
      );
  });
}

const channel = openParentChannel(process);
if (channel === null) {
  process.stderr.write('The hardware probe is started by Millrace, not by hand.\n');
  process.exitCode = 2;
} else {
  serve(channel);
}
