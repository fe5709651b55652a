import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { MIN_WORK_SHARE } from '#protocol/contract/state.ts';
import { EXIT_DONE, EXIT_USAGE } from './command-context.ts';

interface CommonOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

export interface RunOptions extends CommonOptions {
  readonly port?: number;
  readonly rounds?: number;
  readonly threads?: number;
  /** Percent. */
  readonly workShare?: number;
  readonly dashboard: boolean;
}

export interface DevnetOptions extends CommonOptions {
  readonly port?: number;
}

export interface ChildOptions extends CommonOptions {
  readonly config: string;
}

/** One command line, understood. */
export type Invocation =
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'devnet'; readonly options: DevnetOptions }
  | { readonly kind: 'status'; readonly options: CommonOptions }
  | { readonly kind: 'worker' | 'validator'; readonly options: ChildOptions };

export type ParsedCommandLine = Invocation | { readonly kind: 'exit'; readonly code: number };

export interface CommandLineStreams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** Understands the arguments; prints help, the version or what is wrong with them. */
export function parseCommandLine(
  args: readonly string[],
  version: string,
  { out, err }: CommandLineStreams,
): ParsedCommandLine {
  const understood: Invocation[] = [];
  const program = new Command('millrace')
    .description('Lend an idle GPU to open training of large language models, and be paid in TAO.')
    .version(version)
    .configureOutput({ writeOut: out, writeErr: err })
    .showHelpAfterError('(--help shows what there is)')
    .exitOverride();

  common(program.command('run'))
    .description('train, earn and serve the dashboard, without a window')
    .addOption(new Option('--headless', 'no window (always so for this command)').hideHelp())
    .option('--port <n>', `port of the dashboard (default: ${DEFAULT_PORT}, or a free one)`, integerIn(1, 65_535))
    .option('--rounds <n>', 'end after this many rewarded rounds', integerIn(1, 1_000_000))
    .option(
      '--threads <n>',
      'CPU threads for training, whatever the settings say (default: theirs, else half of the cores)',
      integerIn(1, 256),
    )
    .option(
      '--work-share <percent>',
      'part of the time that training works, whatever the settings say (default: theirs, else 100)',
      integerIn(100 * MIN_WORK_SHARE, 100),
    )
    .option('--no-dashboard', 'no dashboard')
    .action((options: RunOptions) => void understood.push({ kind: 'run', options }));

  common(program.command('devnet'))
    .description('run a chain, a validator and two companion workers on this machine, for development')
    .option('--port <n>', 'port of the chain (default: a free one)', integerIn(1, 65_535))
    .action((options: DevnetOptions) => void understood.push({ kind: 'devnet', options }));

  common(program.command('status'))
    .description('say how a running Millrace is doing, and print a fresh address of its dashboard')
    .action((options: CommonOptions) => void understood.push({ kind: 'status', options }));

  for (const kind of ['worker', 'validator'] as const) {
    common(program.command(kind))
      .description(`run a single ${kind} against a chain, restarted when it crashes`)
      .requiredOption('--config <file>', `JSON file (mode 0600) with the ${kind}'s start message`)
      .addHelpText('after', CONFIG_HELP[kind])
      .action((options: ChildOptions) => void understood.push({ kind, options }));
  }

  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'exit', code: error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE };
  }
  return understood[0] ?? { kind: 'exit', code: EXIT_USAGE };
}

export const DEFAULT_PORT = 4723;

const CONFIG_HELP: Readonly<Record<'worker' | 'validator', string>> = {
  worker: `
The file holds: {"kind":"start-worker","chainUrl":"ws://127.0.0.1:PORT","netuid":3,"dataDir":"/absolute/path",
"hotkeySeedHex":"64 hex digits","threads":2,"listenAddress":"/ip4/127.0.0.1/tcp/0"}. The hotkey must be registered.`,
  validator: `
The file holds: {"kind":"start-validator","chainUrl":"ws://127.0.0.1:PORT","netuid":3,"dataDir":"/absolute/path",
"hotkeySeedHex":"64 hex digits","threads":2,"listenAddress":"/ip4/127.0.0.1/tcp/0","found":null}.`,
};

const common = (command: Command): Command =>
  command
    .option('--home <dir>', 'data folder (default: MILLRACE_HOME, or the system’s place for data)')
    .option('--json', 'one JSON object a line on stdout, and nothing else')
    .option('--verbose', 'more on stderr')
    .allowExcessArguments(false);

const integerIn =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
