import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { MillraceError } from '#protocol/errors.ts';

/** How a command asks a person; tests put their own in its place. */
export interface Prompts {
  /** Whether a person sits there. Without one nothing is asked. */
  readonly isTerminal: boolean;
  /** What is typed does not show. @throws MillraceError ABORTED by Ctrl-C */
  hidden(question: string, signal: AbortSignal): Promise<string>;
  visible(question: string, signal: AbortSignal): Promise<string>;
  /** For secrets that a person must write down: to the terminal alone, never to what a script reads. */
  show(text: string): void;
}

export const terminalPrompts = (): Prompts => ({
  isTerminal: process.stdin.isTTY && process.stderr.isTTY,
  hidden: (question, signal) => ask(question, signal, true),
  visible: (question, signal) => ask(question, signal, false),
  show: (text) => void process.stderr.write(text),
});

async function ask(question: string, signal: AbortSignal, isHidden: boolean): Promise<string> {
  const typed = new AbortController();
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isHidden ? nowhere : process.stderr;
  const terminal = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  // In a terminal's raw mode Ctrl-C is a key like any other.
  terminal.once('SIGINT', () => typed.abort());
  try {
    if (isHidden) process.stderr.write(question);
    return await terminal.question(isHidden ? '' : question, { signal: AbortSignal.any([signal, typed.signal]) });
  } catch (cause) {
    throw new MillraceError('ABORTED', 'Nothing was typed, and nothing was changed', { cause });
  } finally {
    terminal.close();
    if (isHidden) process.stderr.write('\n');
  }
}
