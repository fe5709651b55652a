import { DIFFERENCES, type Difference } from './differences.ts';

/** The differences as docs/CHAIN.md shows them. */
export function differencesTable(): string {
  const rows = DIFFERENCES.map(({ cases, here, there, why, upToSpec }) =>
    row([cases.join(', '), listed(here), listed(there), `${why} (spec ≤ ${upToSpec})`]),
  );
  return [row(['case', 'devnet', 'there', 'why']), row(['---', '---', '---', '---']), ...rows].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

const listed = (lines: Difference['here']): string =>
  lines.length === 0 ? '–' : lines.map((line) => `\`${line}\``).join('<br>');
