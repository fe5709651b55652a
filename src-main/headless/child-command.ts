import { parse } from 'node:path';
import { MillraceError } from '#protocol/errors.ts';
import type { ChildMessage, ParentMessage } from '#protocol/worker-messages.ts';
import { createHome } from '#main/core/home.ts';
import { createSupervisor } from '#main/core/supervisor.ts';
import type { Supervision } from '#main/core/supervision.ts';
import { EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import type { ChildOptions } from './command-line.ts';
import { entriesOf, entryOfSupervision } from './operator/entries-of.ts';
import type { Entry } from './operator/entry.ts';
import type { Metrics } from './operator/metrics.ts';
import { readConfig } from './operator/operator-config.ts';
import { createOperatorLog, type OperatorLog } from './operator/operator-log.ts';
import { openOperatorView } from './operator/operator-view.ts';
import { untilInterrupted } from './until-interrupted.ts';

const STOP_GRACE_MS = 3_000;

/**
 * `millrace worker` and `millrace validator`: one process, restarted when it crashes, until interrupted.
 * @throws MillraceError USAGE for a bad configuration, PORT_IN_USE, WORKER_FAILED when the process does not even start once or gives up
 */
export async function runChild(
  kind: 'worker' | 'validator',
  home: string,
  { config, metricsPort, json = false, verbose = false }: ChildOptions,
  { processes, output, log, nowMs, interrupted }: CommandContext,
): Promise<number> {
  const message = readConfig(config, kind);
  // Here, where it ends with a message: the process would be started again and again.
  createHome(message.dataDir);
  const operatorLog = createOperatorLog({ output, json, verbose, log, nowMs });
  const name = parse(config).name;
  const view = await openOperatorView({
    ...{ home, members: [{ kind, name }], log: operatorLog.words },
    metrics: metricsPort === undefined ? null : { port: metricsPort, of: await metricsOf(kind) },
  });
  try {
    if (view.metricsUrl !== null) operatorLog.write(servesMetrics(view.metricsUrl));
    const seen: Seen = {
      see: (said) => view.see(name, said),
      supervised: (state) => view.supervised(name, state),
      log: operatorLog,
    };
    await superviseUntilInterrupted(kind, message, seen, { processes, nowMs, interrupted });
    return EXIT_INTERRUPTED;
  } finally {
    await view.close();
  }
}

/** Who hears what the process says and does. */
interface Seen {
  readonly see: (message: ChildMessage) => void;
  readonly supervised: (state: Supervision) => void;
  readonly log: OperatorLog;
}

async function superviseUntilInterrupted(
  kind: 'worker' | 'validator',
  message: ParentMessage,
  { see, supervised, log }: Seen,
  { processes, nowMs, interrupted }: Pick<CommandContext, 'processes' | 'nowMs' | 'interrupted'>,
): Promise<void> {
  let wasReady = false;
  let fail: (error: Error) => void = () => undefined;
  const onMessage = (said: ChildMessage): void => {
    if (said.kind === 'ready') wasReady = true;
    see(said);
    for (const entry of entriesOf(said)) log.write(entry);
  };
  const onChange = (state: Supervision): void => {
    supervised(state);
    const entry = entryOfSupervision(state);
    if (entry !== null) log.write(entry);
    if (state.kind === 'failed') fail(new MillraceError('WORKER_FAILED', state.failure.message));
    if (state.kind === 'restarting' && !wasReady) {
      fail(new MillraceError('WORKER_FAILED', `The ${kind} could not be started: ${state.reason}`));
    }
  };
  const supervisor = createSupervisor({
    ...{ processes, entry: kind, name: kind, firstMessage: () => message },
    ...{ onMessage, onChange, nowMs, log: log.words },
  });
  try {
    await untilInterrupted(interrupted, (reject) => {
      fail = reject;
      supervisor.start();
    });
  } finally {
    await supervisor.stop(STOP_GRACE_MS);
  }
}

/** Loaded only when asked for: no other command needs it. */
async function metricsOf(kind: 'worker' | 'validator'): Promise<Metrics> {
  const { createMetrics } = await import('./operator/metrics.ts');
  return createMetrics(kind);
}

const servesMetrics = (url: string): Entry => ({
  ...{ level: 'info', event: 'metrics', fields: { url }, words: `Metrics: ${url}` },
});
