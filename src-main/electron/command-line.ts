import { MillraceError } from '#protocol/errors.ts';

export interface CommandLine {
  /** As given, maybe relative; `null`: the default. */
  readonly home: string | null;
  /** Start in the tray, without a window. */
  readonly hidden: boolean;
}

/**
 * Reads `--home DIR`, `--home=DIR` and `--hidden`. The rest is left alone: Chromium's own switches travel on the same line.
 * @throws MillraceError USAGE
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  let home: string | null = null;
  for (const [index, argument] of args.entries()) {
    if (argument === '--home') home = folderOf(args[index + 1]);
    else if (argument.startsWith('--home=')) home = folderOf(argument.slice('--home='.length));
  }
  return { home, hidden: args.includes('--hidden') };
}

function folderOf(value: string | undefined): string {
  if (value === undefined || value === '' || value.startsWith('-')) {
    throw new MillraceError('USAGE', '--home needs a folder: --home DIR');
  }
  return value;
}
