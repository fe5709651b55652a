import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { assertNever } from '#protocol/assert-never.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import { defaultHome, checkHome } from '#main/core/home.ts';
import type { LogLevel } from '#main/core/log.ts';
import { runChild } from './child-command.ts';
import { createChildProcessHost } from './child-process-host.ts';
import { EXIT_FAILED, EXIT_USAGE, type CommandContext } from './command-context.ts';
import { parseCommandLine, type Invocation } from './command-line.ts';
import { runDevnet } from './devnet-command.ts';
import { runExport } from './export-command.ts';
import { runKeys } from './keys-command.ts';
import { createOutput, printable } from './output.ts';
import { runHeadless } from './run-command.ts';
import { showStatus } from './status-command.ts';
import { runVerify } from './verify-command.ts';
import { runWallet } from './wallet-command.ts';

export interface DispatchOptions {
  readonly args: readonly string[];
  readonly version: string;
  readonly dist: string;
  readonly interruption: () => AbortSignal;
}

/** A person who watches the rounds is told by lines and notices; the peers' everyday quarrels are for whoever asks. */
const RANK: Readonly<Record<LogLevel, number>> = { info: 0, warning: 1, error: 2 };

/** Runs one command line. Resolves with the exit code; what went wrong has been said. */
export async function dispatch({ args, version, dist, interruption }: DispatchOptions): Promise<number> {
  const out = (text: string): void => void process.stdout.write(text);
  const err = (text: string): void => void process.stderr.write(text);
  const invocation = parseCommandLine(args, version, { out, err });
  if (invocation.kind === 'exit') return invocation.code;

  const { json = false, verbose = false, home } = invocation.options;
  const output = createOutput(json, out);
  const threshold = RANK[verbose ? 'info' : usualLevel(invocation, json)];
  const log = (level: LogLevel, message: string): void => {
    if (RANK[level] >= threshold) err(`${new Date().toTimeString().slice(0, 8)} ${level}: ${printable(message)}\n`);
  };
  const context: CommandContext = {
    version,
    dist,
    output,
    log,
    processes: createChildProcessHost({ folder: dist, env: process.env, log }),
    nowMs: Date.now,
    interrupted: interruption(),
  };
  try {
    return await runInvocation(
      invocation,
      home === undefined ? defaultHome(process.env, process.platform, homedir()) : resolve(home),
      context,
    );
  } catch (error) {
    const code = errorCode(error) ?? 'FAILED';
    output.event('error', { code, message: errorMessage(error) });
    err(`millrace: ${errorMessage(error)}\n`);
    return code === 'USAGE' ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Commands that take a while and say nothing until they end tell what they do. */
function usualLevel({ kind }: Invocation, json: boolean): LogLevel {
  if (kind === 'export' || kind === 'verify') return 'info';
  return kind === 'run' && !json ? 'error' : 'warning';
}

async function runInvocation(invocation: Invocation, home: string, context: CommandContext): Promise<number> {
  // Those two make it, and say themselves what is wrong with it.
  if (invocation.kind !== 'run' && invocation.kind !== 'devnet') checkHome(home);
  switch (invocation.kind) {
    case 'run':
      return runHeadless(home, invocation.options, context);
    case 'devnet':
      return runDevnet(home, invocation.options, context);
    case 'status':
      return showStatus(home, context);
    case 'worker':
    case 'validator':
      return runChild(invocation.kind, home, invocation.options, context);
    case 'export':
      return runExport(home, invocation.options, context);
    case 'verify':
      return runVerify(home, invocation.options, context);
    case 'wallet':
      return runWallet(home, invocation.options, context);
    case 'keys':
      return runKeys(home, invocation.options, context);
    default:
      return assertNever(invocation, 'command');
  }
}
