import { DIFFERENCES, type Difference } from './differences.ts';
import { DEVNET_OUTCOMES } from './devnet-outcomes.ts';
import type { Outcome } from './outcome.ts';

/** An outcome as lines: `error …`, `event …`, `value …`, `storage …`, `around …` (the fee's events), in this order. */
export function linesOf({ error, events, values, storage, frame }: Outcome): string[] {
  const around = frame.filter((name) => !name.startsWith('system.'));
  return [
    ...(error === null ? [] : [`error ${error}`]),
    ...events.map((each) => `event ${each}`),
    ...values.map((each) => `value ${each}`),
    ...(storage ?? []).map((each) => `storage ${each}`),
    ...(around.length === 0 ? [] : [`around ${around.join(', ')}`]),
  ];
}

const KINDS = ['error', 'event', 'value', 'storage', 'around'];
const kindOf = (line: string): number => KINDS.indexOf(line.slice(0, line.indexOf(' ')));

/** What a case ends in: as on the devnet, but for the differences of an older runtime. */
export function expectedLines(name: string, specVersion: number): readonly string[] {
  const here = DEVNET_OUTCOMES[name];
  if (here === undefined) throw new RangeError(`Nothing is known about "${name}"`);
  const lines = DIFFERENCES.filter(({ upToSpec, cases }) => specVersion <= upToSpec && cases.includes(name)).reduce(
    withDifference,
    here,
  );
  const byName = (a: string, b: string): number =>
    a.startsWith('storage ') && b.startsWith('storage ') ? (a < b ? -1 : 1) : 0;
  return lines.toSorted((a, b) => kindOf(a) - kindOf(b) || byName(a, b));
}

/** Its first line here becomes those there, the others go. */
function withDifference(lines: readonly string[], { here, there }: Difference): readonly string[] {
  const first = lines.findIndex((line) => here.includes(line));
  if (first < 0) return [...lines, ...there];
  return lines.flatMap((line, index) => {
    if (index === first) return there;
    return here.includes(line) ? [] : [line];
  });
}
