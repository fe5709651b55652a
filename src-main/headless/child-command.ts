import { readFileSync, statSync } from 'node:fs';
import * as v from 'valibot';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { ChildMessage, ParentMessage } from '#protocol/worker-messages.ts';
import { createSupervisor } from '#main/core/supervisor.ts';
import type { Supervision } from '#main/core/supervision.ts';
import { EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import type { ChildOptions } from './command-line.ts';
import { untilInterrupted } from './until-interrupted.ts';

const MAX_CONFIG_BYTES = 64 * 1024;
const STOP_GRACE_MS = 3_000;

/**
 * `millrace worker` and `millrace validator`: one process, restarted when it crashes, until interrupted.
 * @throws MillraceError USAGE for a bad configuration, WORKER_FAILED when the process does not even start once or gives up
 */
export async function runChild(
  kind: 'worker' | 'validator',
  { config }: ChildOptions,
  { processes, output, log, nowMs, interrupted }: CommandContext,
): Promise<number> {
  const message = readConfig(config, `start-${kind}`);
  let wasReady = false;
  let fail: (error: Error) => void = () => undefined;

  const onMessage = (said: ChildMessage): void => {
    const { kind: event, ...fields } = said;
    if (event === 'ready') wasReady = true;
    if (event !== 'log') output.event(event, fields);
    const words = describe(said);
    if (words !== null) output.line(words);
  };
  const onChange = (state: Supervision): void => {
    if (state.kind === 'failed') fail(new MillraceError('WORKER_FAILED', state.failure.message));
    if (state.kind === 'restarting' && !wasReady) {
      fail(new MillraceError('WORKER_FAILED', `The ${kind} could not be started: ${state.reason}`));
    }
  };
  const supervisor = createSupervisor({
    processes,
    entry: kind,
    name: kind,
    firstMessage: () => message,
    onMessage,
    onChange,
    nowMs,
    log,
  });

  try {
    await untilInterrupted(interrupted, (reject) => {
      fail = reject;
      supervisor.start();
    });
    return EXIT_INTERRUPTED;
  } finally {
    await supervisor.stop(STOP_GRACE_MS);
  }
}

/** The process checks the rest itself: it knows its own message best. */
function readConfig(path: string, kind: 'start-worker' | 'start-validator'): ParentMessage {
  const message: unknown = readJson(path);
  if (!v.is(v.object({ kind: v.literal(kind) }), message)) {
    throw new MillraceError('USAGE', `${path} does not hold {"kind":"${kind}", …}; see --help`);
  }
  return message as ParentMessage;
}

function readJson(path: string): unknown {
  try {
    const { mode, size } = statSync(path);
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new MillraceError('USAGE', `${path} holds a secret, but others may read it: chmod 600 ${path}`);
    }
    if (size > MAX_CONFIG_BYTES) throw new MillraceError('USAGE', `${path} is too large for a configuration`);
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    // Not the parser's message: it quotes the text, which holds a seed.
    const why = error instanceof SyntaxError ? 'it is not JSON' : errorMessage(error);
    throw new MillraceError('USAGE', `The configuration ${path} cannot be read: ${why}`);
  }
}

function describe(message: ChildMessage): string | null {
  switch (message.kind) {
    case 'ready':
      return 'Ready';
    case 'failed':
      return `Failed: ${message.message}`;
    case 'round':
      return `round ${message.round.round}   loss ${message.round.loss.toFixed(3)}   score ${String(message.round.score ?? '–')}`;
    case 'manifest':
      return `round ${message.manifest.round}   loss ${message.manifest.evalLoss.toFixed(3)}   ${message.manifest.selected} of ${message.manifest.announced} updates selected`;
    case 'log':
    case 'progress':
    case 'validator':
    case 'vitals':
    case 'worker-state':
      return null;
  }
}
