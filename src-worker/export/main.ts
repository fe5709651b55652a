import { exportProcessStartSchema } from '#protocol/export/messages.ts';
import { openParentChannel } from '../process/parent-channel.ts';
import { runUnderParent } from '../process/run-under-parent.ts';
import { askChain } from './ask-chain.ts';
import { verifyExport } from './verify-export.ts';

/** Entry of the process that exports a run's weights, or verifies an export (dist/export.js). */
const channel = openParentChannel();
if (channel === undefined) {
  process.stderr.write('This is started by Millrace: see millrace export --help and millrace verify --help\n');
  process.exitCode = 2;
} else {
  await runUnderParent(channel, async (signal) => {
    const start = await channel.firstMessage(exportProcessStartSchema, { signal });
    const { netuid, chain } = start;
    if (start.kind === 'start-verify') {
      const ask =
        chain === null ? null : (question: Parameters<typeof askChain>[2]) => askChain(chain, netuid, question, signal);
      channel.send(await verifyExport(start.folder, { send: (message) => channel.send(message), signal, ask }));
    } else {
      // Here and not above: to verify a folder, nobody needs to load what speaks to peers.
      const { exportRun } = await import('./export-run.ts');
      channel.send(await exportRun(start, (message) => channel.send(message), signal));
    }
  });
}
