/** What one target is to be tried with. */
export interface FuzzPlan {
  readonly target: string;
  readonly seed: number;
  readonly first: number;
  readonly inputs: number;
  readonly capBytes: number;
}

interface PlannedTarget {
  readonly name: string;
  readonly share: number;
  readonly capBytes: number;
}

const DEFAULT_INPUTS = 2_000_000;
const DEFAULT_SEED = 1;

/** Shares the inputs out among the targets. @throws Error that says which option is wrong */
export function planFuzz(
  given: Readonly<Partial<Record<'inputs' | 'seed' | 'first' | 'target', string>>>,
  targets: readonly PlannedTarget[],
): readonly FuzzPlan[] {
  const inputs = wholeNumber('inputs', given.inputs, DEFAULT_INPUTS);
  const seed = wholeNumber('seed', given.seed, DEFAULT_SEED);
  const first = wholeNumber('first', given.first, 0);
  if (inputs === 0) throw new Error('--inputs is at least 1');
  const chosen = targets.filter(({ name }) => given.target === undefined || name === given.target);
  if (chosen.length === 0) throw new Error(`--target is one of: ${targets.map(({ name }) => name).join(', ')}`);
  const shares = chosen.reduce((sum, { share }) => sum + share, 0);
  return chosen.map(({ name, share, capBytes }) => ({
    ...{ target: name, seed, first, capBytes },
    inputs: Math.ceil((inputs * share) / shares),
  }));
}

/** What an option says. @throws Error that names it */
export function wholeNumber(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  const number = Number(text);
  if (!/^\d+$/.test(text) || number >= 2 ** 32) throw new Error(`--${name} is a whole number below 2^32`);
  return number;
}
