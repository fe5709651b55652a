import { parseCommandLine } from '#main/headless/command-line.ts';
import type { CommandContext } from '#main/headless/command-context.ts';
import { createOutput } from '#main/headless/output.ts';
import type { Prompts } from '#main/headless/terminal-prompts.ts';
import { runWallet } from '#main/headless/wallet-command.ts';
import { quickKeys } from '../core/keys/keyring-scene.ts';
import { createFakeProcessHost } from '../fake-process-host.ts';

export interface WalletRun {
  readonly home: string;
  readonly words: readonly string[];
  /** Whether the owner says yes to a quote. */
  readonly answer?: boolean;
  /** What the owner types when asked for a password; `null`: there is no terminal. */
  readonly typed?: string | null;
  /** Where the build lies, with the extension's page. */
  readonly dist?: string;
  /** Sees what is printed as it comes. */
  readonly onText?: (text: string) => void;
}

interface WalletRan {
  readonly code: number;
  readonly text: string;
  /** What was asked unseen. */
  readonly asked: readonly string[];
}

/** Runs `millrace wallet …` as its owner would. */
export async function runWalletCommand(run: WalletRun): Promise<WalletRan> {
  const { home, words, answer = false, typed = null, dist = '/dist', onText } = run;
  let text = '';
  const asked: string[] = [];
  const write = (part: string): void => {
    text += part;
    onText?.(part);
  };
  const parsed = parseCommandLine(['wallet', ...words], '1', { out: write, err: write });
  if (parsed.kind !== 'wallet') return { code: parsed.kind === 'exit' ? parsed.code : -1, text, asked };
  const context: CommandContext = {
    ...{ version: '1', dist, processes: createFakeProcessHost(), log: () => undefined, nowMs: Date.now },
    output: createOutput(parsed.options.json === true, write),
    interrupted: new AbortController().signal,
  };
  const prompts: Prompts = {
    isTerminal: typed !== null,
    hidden: (question) => {
      asked.push(question);
      return Promise.resolve(typed ?? '');
    },
    visible: () => Promise.resolve(''),
    show: () => undefined,
  };
  const code = await runWallet(home, parsed.options, context, {
    ...{ prompts, derive: quickKeys, extensionPort: 0 },
    confirm: () => Promise.resolve(answer),
  });
  return { code, text, asked };
}
