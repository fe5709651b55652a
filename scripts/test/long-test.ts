import { errorMessage } from '#protocol/errors.ts';

/**
 * A long test as a command. Resolves with its exit code: 0 when it passed or only told its usage, 1 when it did not, 2 when its
 * arguments are wrong.
 * @param play whether it passed
 */
export async function longTest<O extends { readonly help: boolean }>(
  usage: string,
  readOptions: () => O,
  play: (options: O) => Promise<boolean>,
): Promise<number> {
  let options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${errorMessage(error)}\n${usage}`);
    return 2;
  }
  if (!options.help) return (await play(options)) ? 0 : 1;
  process.stdout.write(usage);
  return 0;
}

export const progress = (line: string): void => void process.stderr.write(`${line}\n`);

/** @throws RangeError that says which option is wrong */
export function countOption(text: string, name: string, least = 1): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new RangeError(`--${name} is a number from ${least} on, not ${text}`);
}
