import { Argument, type Command } from 'commander';

export type KeyName = 'hotkey' | 'coldkey';

interface CommonOptions {
  readonly home?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  /** Instead of `~/.bittensor/wallets`. */
  readonly wallets?: string;
  readonly hotkeyPasswordFile?: string;
  readonly coldkeyPasswordFile?: string;
}

/** What `millrace keys` was asked for. */
export type KeysAction =
  | { readonly kind: 'list' }
  | { readonly kind: 'create'; readonly key: KeyName }
  | { readonly kind: 'restore'; readonly key: KeyName }
  | { readonly kind: 'remove'; readonly key: KeyName; readonly address: string }
  | { readonly kind: 'watch'; readonly address: string }
  | {
      readonly kind: 'import';
      readonly wallet: string;
      readonly hotkey: string | null;
      readonly coldkey: ColdkeyChoice;
    }
  | {
      readonly kind: 'export';
      readonly wallet: string;
      readonly hotkey: string | null;
      readonly coldkey: boolean;
      readonly isPlain: boolean;
    };

type ColdkeyChoice = 'none' | 'watch-only' | 'encrypted';

export interface KeysOptions extends CommonOptions {
  readonly action: KeysAction;
}

/** Adds the command to the program. @param tell is called with what was understood */
export function addKeysCommand(
  program: Command,
  common: (command: Command) => Command,
  tell: (options: KeysOptions) => void,
): void {
  const keys = program
    .command('keys')
    .description('the keys for real chains: create, import from btcli’s wallets, export to them')
    .addHelpText('after', KEYS_HELP);
  const command = (name: string): Command =>
    common(keys.command(name))
      .option('--wallets <dir>', 'btcli’s wallets (default: ~/.bittensor/wallets)')
      .option(
        '--password-file, --hotkey-password-file <file>',
        'the hotkey’s password (not the coldkey’s), in a file of mode 0600 (default: asks)',
      )
      .option('--coldkey-password-file <file>', 'the coldkey’s password, the same way');
  const which = (): Argument => new Argument('<key>', 'which of the two').choices(['hotkey', 'coldkey']);

  command('list')
    .description('show the keys of this data folder, and the wallets that can be imported')
    .action((options: CommonOptions) => tell({ ...options, action: { kind: 'list' } }));
  command('create')
    .description('make a new key; a coldkey’s words are shown once, on a terminal alone, and asked for again')
    .addArgument(which())
    .action((key: KeyName, options: CommonOptions) => tell({ ...options, action: { kind: 'create', key } }));
  command('restore')
    .description('make a key of its recovery words, which are typed unseen')
    .addArgument(which())
    .action((key: KeyName, options: CommonOptions) => tell({ ...options, action: { kind: 'restore', key } }));
  command('import')
    .description('take over a hotkey, and a coldkey or its address, from a wallet of btcli’s')
    .argument('<wallet>', 'the wallet’s name')
    .option('--hotkey <name>', 'this hotkey of it')
    .option('--coldkey', 'the coldkey, encrypted by its password')
    .option('--watch', 'of the coldkey only the address')
    .action((wallet: string, options: CommonOptions & ImportFlags) => {
      const { hotkey = null, coldkey = false, watch = false, ...rest } = options;
      const choice = coldkey ? 'encrypted' : watch ? 'watch-only' : 'none';
      tell({ ...rest, action: { kind: 'import', wallet, hotkey, coldkey: choice } });
    });
  command('export')
    .description('write keys as a wallet of btcli’s; nothing is overwritten')
    .argument('<wallet>', 'the wallet’s name')
    .option('--hotkey <name>', 'the hotkey, under this name, encrypted by its password')
    .option('--plain', 'the hotkey as plain text, as btcli writes it')
    .option('--coldkey', 'the encrypted coldkey, as it is')
    .action((wallet: string, options: CommonOptions & ExportFlags) => {
      const { hotkey = null, coldkey = false, plain = false, ...rest } = options;
      tell({ ...rest, action: { kind: 'export', wallet, hotkey, coldkey, isPlain: plain } });
    });
  command('watch')
    .description('know a coldkey by its address alone: nothing can be signed here')
    .argument('<address>', 'the coldkey’s address')
    .action((address: string, options: CommonOptions) => tell({ ...options, action: { kind: 'watch', address } }));
  command('remove')
    .description('delete a key from this data folder; without its words or an export it is lost')
    .addArgument(which())
    .requiredOption('--address <address>', 'its address, as a proof that you mean this one')
    .action((key: KeyName, options: CommonOptions & { readonly address: string }) => {
      const { address, ...rest } = options;
      tell({ ...rest, action: { kind: 'remove', key, address } });
    });
}

interface ImportFlags {
  readonly hotkey?: string;
  readonly coldkey?: boolean;
  readonly watch?: boolean;
}

interface ExportFlags {
  readonly hotkey?: string;
  readonly coldkey?: boolean;
  readonly plain?: boolean;
}

const KEYS_HELP = `
Examples:
  millrace keys list
  millrace keys create hotkey --hotkey-password-file ~/.hotkey-password
  millrace keys import miner --hotkey first --watch
  millrace keys export miner --hotkey first

A password is asked for on the terminal, or read from a file of mode 0600; never from an argument or the environment.
\`millrace run\` opens the hotkey by --hotkey-password-file, or by systemd's LoadCredential=millrace-hotkey:FILE.`;
