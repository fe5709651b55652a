/** What a bench can be told: for each option the values that it takes, the first when none is given, or any whole number. */
export type BenchOptions = Readonly<Record<string, readonly string[] | WholeNumber>>;

interface WholeNumber {
  readonly least: number;
  readonly most: number;
  /** Its value when none is given; need not be a number. */
  readonly usual: string;
  /** Whether it may be several, with commas between them. */
  readonly isList?: boolean;
}

export type BenchSettings =
  | { readonly kind: 'settings'; readonly settings: Readonly<Record<string, string>> }
  | { readonly kind: 'wrong'; readonly message: string };

/** The values for one run of a bench, out of what the command line says. */
export function readSettings(options: BenchOptions, given: Readonly<Record<string, unknown>>): BenchSettings {
  const settings: Record<string, string> = {};
  for (const [name, option] of Object.entries(options)) {
    const value = given[name] ?? ('usual' in option ? option.usual : option[0]);
    if (typeof value !== 'string' || (given[name] !== undefined && !takes(option, value))) {
      const words = 'usual' in option ? numberWords(option) : `one of: ${option.join(', ')}`;
      return { kind: 'wrong', message: `--${name} is ${words}` };
    }
    settings[name] = value;
  }
  return { kind: 'settings', settings };
}

function takes(option: BenchOptions[string], value: string): boolean {
  if (!('usual' in option)) return option.includes(value);
  const isOne = (text: string): boolean =>
    /^\d{1,9}$/.test(text) && Number(text) >= option.least && Number(text) <= option.most;
  return option.isList === true ? value.split(',').every(isOne) : isOne(value);
}

const numberWords = ({ least, most, isList = false }: WholeNumber): string =>
  `a whole number, ${least} to ${most}${isList ? ', or several with commas between them' : ''}`;

/** The options as they stand in a usage, each with a space before it. */
export const describeOptions = (options: BenchOptions): string =>
  Object.entries(options)
    .map(([name, option]) => ` [--${name} ${'usual' in option ? `N (${option.usual})` : option.join('|')}]`)
    .join('');
