import { type Command, InvalidArgumentError, Option } from 'commander';

/** What `millrace wallet` was asked for. */
export interface WalletOptions {
  readonly action: 'balance' | 'validators' | 'stake' | 'unstake' | 'move' | 'transfer' | 'register' | 'history';
  readonly home?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly chain?: string;
  /** Of TAO, or of alpha, as it was typed; `all` for everything. */
  readonly amount?: string;
  readonly hotkey?: string;
  readonly netuid?: number;
  /** Where a move goes; left out: as it is. */
  readonly toHotkey?: string;
  readonly toNetuid?: number;
  /** The account that TAO is sent to. */
  readonly to?: string;
  readonly coldkeyPasswordFile?: string;
  readonly tolerancePpm: number;
  readonly yes: boolean;
}

interface ParsedOptions extends Omit<WalletOptions, 'action' | 'amount' | 'tolerancePpm' | 'yes'> {
  readonly tolerance?: number;
  readonly yes?: boolean;
}

interface Tools {
  /** Gives a command the options that all have. */
  readonly common: (command: Command) => Command;
  readonly chain: (text: string) => string;
  readonly netuid: (text: string) => number;
}

const DEFAULT_TOLERANCE_PPM = 5_000;
const PPM_PER_PERCENT = 10_000;

/** Adds the command to the program. @param tell is called with what was understood */
export function addWalletCommand(program: Command, tools: Tools, tell: (options: WalletOptions) => void): void {
  const { common, chain, netuid } = tools;
  const wallet = program
    .command('wallet')
    .description(
      'show what the coldkey of this data folder has; stake, move, send and register, with a quote before anything is signed',
    );
  const onChain = (command: Command): Command =>
    common(command).option(
      '--chain <chain>',
      'finney, test, local, or addresses of one chain (default: that of the Millrace that runs here, else of its settings)',
      chain,
    );
  const subnet = (): Option =>
    new Option('--netuid <n>', 'the subnet (default: on the devnet its only one)').argParser(netuid);
  const signed = (command: Command): Command =>
    onChain(command)
      .option(
        '--tolerance <percent>',
        'how much worse the price may get, this order included (default: 0.5)',
        tolerance,
      )
      .option(
        '--password-file, --coldkey-password-file <file>',
        'the coldkey’s password (not the hotkey’s), in a file of mode 0600 (default: asks)',
      )
      .option('--yes', 'sign and send without asking')
      .addHelpText('after', ORDER_HELP);
  const ofStake = (command: Command): Command =>
    signed(command)
      .requiredOption('--hotkey <address>', 'the hotkey that the stake lies with: `millrace wallet balance` names it')
      .addOption(subnet());
  const understood = (action: WalletOptions['action'], options: ParsedOptions, amount?: string): void => {
    const { tolerance: chosen, yes, ...rest } = options;
    const typed = amount === undefined ? {} : { amount };
    tell({ ...rest, ...typed, action, tolerancePpm: chosen ?? DEFAULT_TOLERANCE_PPM, yes: yes === true });
  };

  onChain(wallet.command('balance'))
    .description('what is free, and what is staked where')
    .action((options: ParsedOptions) => understood('balance', options));
  onChain(wallet.command('validators'))
    .description('the hotkeys that one can stake with in a subnet, with their take, returns and risks')
    .addOption(subnet())
    .action((options: ParsedOptions) => understood('validators', options));
  signed(wallet.command('stake'))
    .description('buy alpha of a subnet for TAO and stake it with a hotkey')
    .argument('<tao>', 'how much TAO, such as 1.25')
    .option(
      '--hotkey <address>',
      'the hotkey to stake with (default: none; they are listed, as by `millrace wallet validators`)',
    )
    .addOption(subnet())
    .action((amount: string, options: ParsedOptions) => understood('stake', options, amount));
  ofStake(wallet.command('unstake'))
    .description('sell staked alpha for TAO')
    .argument('<alpha>', 'how much alpha, such as 1.25, or all')
    .action((amount: string, options: ParsedOptions) => understood('unstake', options, amount));
  ofStake(wallet.command('move'))
    .description('move staked alpha to another hotkey, another subnet, or both')
    .argument('<alpha>', 'how much alpha, such as 1.25, or all')
    .option('--to-hotkey <address>', 'the hotkey that it goes to (default: the same)')
    .option('--to-netuid <n>', 'the subnet that it goes to (default: the same)', netuid)
    .action((amount: string, options: ParsedOptions) => understood('move', options, amount));
  signed(wallet.command('transfer'))
    .description('send TAO to another account')
    .argument('<tao>', 'how much TAO, such as 1.25')
    .requiredOption('--to <address>', 'the account that it goes to')
    .action((amount: string, options: ParsedOptions) => understood('transfer', options, amount));
  signed(wallet.command('register'))
    .description('pay for a place in a subnet')
    .addOption(subnet())
    .option('--hotkey <address>', 'the hotkey that gets it (default: that of this data folder)')
    .action((options: ParsedOptions) => understood('register', options));
  onChain(wallet.command('history'))
    .description('every order and payment that was written down here, as CSV; nothing has to run for it')
    .option(
      '--netuid <n>',
      'the subnet whose payments to the hotkey are listed (default: that of the settings on this chain, else the last one that paid here)',
      netuid,
    )
    .action((options: ParsedOptions) => understood('history', options));
}

const ORDER_HELP = `
Shows a quote and asks before it signs; without a terminal and without --yes nothing is sent. The chain refuses the order
when the price would pass the limit. The coldkey is that of \`millrace keys\`, whose password is asked for after the quote;
one in a browser extension signs there, on a page whose link is printed. On the devnet its play-money key signs. Ends with
0 when the order is final, and with 1 when it was refused or declined.`;

function tolerance(text: string): number {
  const percent = Number(text);
  if (!/^\d+(\.\d{1,4})?$/.test(text) || percent > 100) {
    throw new InvalidArgumentError('Must be a percentage from 0 to 100, such as 0.5.');
  }
  return Math.round(percent * PPM_PER_PERCENT);
}
