/** What a bench can be told: for each option the values that it takes, the first when none is given. */
export type BenchOptions = Readonly<Record<string, readonly string[]>>;

export type BenchSettings =
  | { readonly kind: 'settings'; readonly settings: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong'; readonly message: string };

/** The values for one run of a bench, out of what the command line says. */
export function readSettings(options: BenchOptions, given: Readonly<Record<string, unknown>>): BenchSettings {
  const settings: Record<string, string> = {};
  for (const [name, values] of Object.entries(options)) {
    const value = given[name] ?? values[0];
    if (typeof value !== 'string' || !values.includes(value)) {
      return { kind: 'wrong', message: `--${name} is one of: ${values.join(', ')}` };
    }
    settings[name] = value;
  }
  return { kind: 'settings', settings };
}

/** The options as they stand in a usage, each with a space before it. */
export const describeOptions = (options: BenchOptions): string =>
  Object.entries(options)
    .map(([name, values]) => ` [--${name} ${values.join('|')}]`)
    .join('');
