import * as v from 'valibot';

/** What `run` of a test/bench/NAME.bench.ts resolves to. */
export const BenchResultSchema = v.object({
  /** Pairs of alternating runs. */
  runs: v.number(),
  /** Measurements; a peer that is not installed is a row with `skipped: why`. */
  rows: v.array(v.looseObject({ name: v.string(), skipped: v.optional(v.string()) })),
  verdicts: v.array(v.object({ name: v.string(), value: v.number(), goal: v.string(), ok: v.boolean() })),
});
export type BenchResult = v.InferOutput<typeof BenchResultSchema>;

/** The result for a person: a table, then one line for each verdict. */
export function describeResult({ runs, rows, verdicts }: BenchResult): string {
  const table = rows.map((row) => {
    const fields = Object.entries(row).filter(([key]) => key !== 'name');
    return `${row.name}: ${fields.map(([key, value]) => `${key} ${rounded(value)}`).join(', ')}`;
  });
  const lines = verdicts.map(
    ({ name, value, goal, ok }) => `${ok ? 'reached' : 'MISSED '}  ${name}: ${rounded(value)} (goal ${goal})`,
  );
  return [`${runs} alternating runs`, ...table, ...lines].join('\n');
}

function rounded(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
}
