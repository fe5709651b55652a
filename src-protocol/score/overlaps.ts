/** What is compared of two updates: numbers, each at most once. */
interface Marked {
  readonly marks: Uint32Array;
}

/**
 * For every two the share of the smaller one's marks that the other has, too: `rows[a][b]`, the same as `rows[b][a]`; 0 when one is
 * empty, or for itself. Each pair is counted once, by looking the marks up in a table.
 * @param rest awaited after each row, so that others get their turn: 256 updates take longer than a thread may be blocked
 */
export async function overlapsOf(
  all: readonly Marked[],
  rest: () => Promise<unknown>,
): Promise<readonly Float64Array[]> {
  const rows = all.map(() => new Float64Array(all.length));
  const highest = all.reduce((most, { marks }) => marks.reduce((a, b) => Math.max(a, b), most), 0);
  const has = new Uint8Array(highest + 1);
  for (const [a, row] of rows.entries()) {
    const { marks } = all[a] ?? NONE;
    for (const mark of marks) has[mark] = 1;
    for (let b = 0; b < a; b += 1) {
      const other = (all[b] ?? NONE).marks;
      const share = countIn(has, other) / Math.max(1, Math.min(marks.length, other.length));
      row[b] = share;
      rows[b]?.fill(share, a, a + 1);
    }
    for (const mark of marks) has[mark] = 0;
    await rest();
  }
  return rows;
}

const NONE: Marked = { marks: new Uint32Array() };

function countIn(has: Uint8Array, marks: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < marks.length; i += 1) count += has[marks[i] ?? 0] ?? 0;
  return count;
}
