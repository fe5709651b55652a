import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { MAX_DISK_GIB, MIN_DISK_GIB, MIN_WORK_SHARE } from '#protocol/contract/state.ts';
import { EXIT_DONE, EXIT_USAGE } from './command-context.ts';
import { addWalletCommand, type WalletOptions } from './wallet-command-line.ts';
import { parseChain } from '#main/core/networks.ts';
import { addKeysCommand, type KeysOptions } from './keys-command-line.ts';
import { CHAIN_HELP, CONFIG_HELP, EXPORT_HELP, OPERATOR_HELP, RUN_HELP, VERIFY_HELP } from './command-help.ts';

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
  /** GiB. */
  readonly disk?: number;
  /** Of the hotkey. */
  readonly hotkeyPasswordFile?: string;
  readonly dashboard: boolean;
  /** As `parseChain` understands it. */
  readonly chain?: string;
  readonly netuid?: number;
}

export interface DevnetOptions extends CommonOptions {
  readonly port?: number;
}

export interface ChildOptions extends CommonOptions {
  readonly config: string;
  /** 0: any free port. */
  readonly metricsPort?: number;
}

export interface ExportOptions extends CommonOptions {
  readonly out: string;
  /** The first digits of its id. */
  readonly run?: string;
  readonly round?: number;
  readonly chain?: string;
  readonly netuid?: number;
  readonly force?: boolean;
}

export interface VerifyOptions extends CommonOptions {
  readonly folder: string;
  readonly chain?: string;
  readonly netuid?: number;
}

/** One command line, understood. */
export type Invocation =
  | { readonly kind: 'run'; readonly options: RunOptions }
  | { readonly kind: 'devnet'; readonly options: DevnetOptions }
  | { readonly kind: 'status'; readonly options: CommonOptions }
  | { readonly kind: 'worker' | 'validator'; readonly options: ChildOptions }
  | { readonly kind: 'export'; readonly options: ExportOptions }
  | { readonly kind: 'verify'; readonly options: VerifyOptions }
  | { readonly kind: 'wallet'; readonly options: WalletOptions }
  | { readonly kind: 'keys'; readonly options: KeysOptions };

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
    .option(
      '--disk <gib>',
      'GiB that blobs may take on the disk, whatever the settings say (default: theirs, else 16)',
      integerIn(MIN_DISK_GIB, MAX_DISK_GIB),
    )
    .option(
      '--password-file, --hotkey-password-file <file>',
      'opens the hotkey (no coldkey): a file of mode 0600 with its password',
    )
    .option('--no-dashboard', 'no dashboard')
    .option('--chain <chain>', `work with this chain, whatever the settings say: ${CHAIN_HELP}`, chainArgument)
    .option('--netuid <n>', 'the subnet that trains on that chain; with --chain only', integerIn(0, 65_535))
    .addHelpText('after', RUN_HELP)
    .action((options: RunOptions) => void understood.push({ kind: 'run', options }));

  common(program.command('devnet'))
    .description('run a chain, a validator and two companion workers on this machine, for development')
    .option('--port <n>', 'port of the chain (default: a free one)', integerIn(1, 65_535))
    .action((options: DevnetOptions) => void understood.push({ kind: 'devnet', options }));

  common(program.command('status'))
    .description(
      'show what runs with this data folder: workers, validators, last rounds, and a fresh address of the dashboard',
    )
    .action((options: CommonOptions) => void understood.push({ kind: 'status', options }));

  for (const kind of ['worker', 'validator'] as const) {
    common(program.command(kind))
      .description(`run a single ${kind} against a chain, restarted when it crashes`)
      .requiredOption('--config <file>', `JSON file (mode 0600) with the ${kind}'s start message`)
      .option(
        '--metrics-port <n>',
        'serve Prometheus metrics on http://127.0.0.1:<n>/metrics; 0: a free port (default: none)',
        integerIn(0, 65_535),
      )
      .addHelpText('after', CONFIG_HELP[kind] + OPERATOR_HELP)
      .action((options: ChildOptions) => void understood.push({ kind, options }));
  }

  common(program.command('export'))
    .description('write the weights of a round into a folder that other tools open, with what proves them')
    .requiredOption('--out <dir>', 'the folder: a new or an empty one')
    .option(
      '--run <id>',
      'the run, by its id or the first digits of it (default: the one that the subnet trains)',
      runId,
    )
    .option('--round <n>', 'the round (default: the newest that has a manifest)', integerIn(0, 0xffffffff))
    .option(
      '--chain <chain>',
      'the chain, by name or address (default: that of the Millrace that runs with this data folder)',
      chainArgument,
    )
    .addOption(netuidOption())
    .option('--force', 'replace an earlier export in that folder')
    .addHelpText('after', EXPORT_HELP)
    .action((options: ExportOptions) => void understood.push({ kind: 'export', options }));

  common(program.command('verify'))
    .description('check an export: every file, the signatures, and the weights bit by bit; no network is needed')
    .argument('<dir>', 'the folder that `millrace export` wrote')
    .option(
      '--chain <chain>',
      'also ask this chain, by name or address, whether the signer is a validator of the run’s subnet',
      chainArgument,
    )
    .addOption(netuidOption())
    .addHelpText('after', VERIFY_HELP)
    .action(
      (folder: string, options: Omit<VerifyOptions, 'folder'>) =>
        void understood.push({ kind: 'verify', options: { ...options, folder } }),
    );

  addWalletCommand(
    program,
    { common, chain: chainArgument, netuid: integerIn(0, 65_535) },
    (options) => void understood.push({ kind: 'wallet', options }),
  );

  addKeysCommand(program, common, (options) => void understood.push({ kind: 'keys', options }));

  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'exit', code: error.exitCode === 0 ? EXIT_DONE : EXIT_USAGE };
  }
  return understood[0] ?? { kind: 'exit', code: EXIT_USAGE };
}

export const DEFAULT_PORT = 4723;

const common = (command: Command): Command =>
  command
    .option('--home <dir>', 'data folder (default: MILLRACE_HOME, or the system’s place for data)')
    .option('--json', 'one JSON object a line on stdout, and nothing else')
    .option('--verbose', 'more on stderr')
    .allowExcessArguments(false);

const netuidOption = (): Option =>
  new Option('--netuid <n>', 'the subnet on that chain (default: the devnet’s)').argParser(integerIn(0, 65_535));

function runId(text: string): string {
  const id = text.toLowerCase();
  if (!/^[0-9a-f]{4,64}$/.test(id)) throw new InvalidArgumentError('Must be 4 to 64 hexadecimal digits.');
  return id;
}

function chainArgument(text: string): string {
  const parsed = parseChain(text);
  if ('problem' in parsed) throw new InvalidArgumentError(`${parsed.problem}. It is one of ${CHAIN_HELP}.`);
  return text;
}

const integerIn =
  (min: number, max: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Must be a whole number from ${min} to ${max}.`);
    }
    return value;
  };
