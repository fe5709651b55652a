/** Work in a row of units that is cut into contiguous pieces, one for each slot that is used. */
export interface PartitionProblem {
  /** At least 1. */
  readonly units: number;
  readonly slots: readonly SlotKind[];
  /** First the fewest pieces, then the least bottleneck; else the other way round. */
  readonly fewest: boolean;
}

/** Slots that are all alike. */
export interface SlotKind {
  readonly count: number;
  /** What units `from` to `to` (exclusive) cost here; Infinity where they do not fit. More units never fit where fewer do not, the ends aside. */
  readonly cost: (from: number, to: number) => number;
}

export interface Piece {
  /** Index of its kind of slot. */
  readonly kind: number;
  readonly from: number;
  readonly to: number;
}

export type Partition =
  | { readonly kind: 'found'; readonly pieces: readonly Piece[] }
  /** All slots together take the units before `reached`, and no more. */
  | { readonly kind: 'none'; readonly reached: number };

/** Pieces that slots of these kinds can take, in order; how many slots of each kind that needs is the state of the search. */
interface Filling {
  readonly reached: number;
  readonly kinds: readonly number[];
}

/**
 * The partition whose most expensive piece is cheapest; of those one with fewest pieces; and of those with its order of slots
 * the most even one. Exact: the bottleneck is searched among the costs of all ranges, and for each it is decided by
 * dynamic programming over how many slots of each kind are used. Only the furthest unit that they reach matters, because
 * whoever starts later with the same slots reaches at least as far.
 */
export function partition({ units, slots, fewest }: PartitionProblem): Partition {
  const costs = slots.map(({ cost }) => costTable(units, cost));
  const counts = slots.map(({ count }) => count);
  const fill = (limit: number): Filling =>
    furthest(
      units,
      counts,
      costs.map((table) => reachTable(units, table, limit)),
    );

  const any = fill(Infinity);
  if (any.reached < units) return { kind: 'none', reached: any.reached };
  const isEnough = ({ reached, kinds }: Filling): boolean =>
    reached === units && (!fewest || kinds.length <= any.kinds.length);
  const limits = [...new Set(costs.flatMap((table) => table.flat()))].filter(Number.isFinite).sort((a, b) => a - b);
  let [low, high] = [0, limits.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isEnough(fill(limits[middle] ?? Infinity))) high = middle;
    else low = middle + 1;
  }
  const limit = limits[low] ?? Infinity;
  return { kind: 'found', pieces: mostEven(units, fill(limit).kinds, costs, limit) };
}

/** How many ways there are to use slots: what a search costs. */
export const searchSize = (counts: readonly number[]): number => counts.reduce((product, n) => product * (n + 1), 1);

/** `table[from][to]`; Infinity for empty ranges. */
type CostTable = readonly (readonly number[])[];

function costTable(units: number, cost: SlotKind['cost']): CostTable {
  return Array.from({ length: units }, (_, from) =>
    Array.from({ length: units + 1 }, (__, to) => (to > from ? cost(from, to) : Infinity)),
  );
}

/** For each start the furthest end of a piece within the limit; the start itself if there is none. */
const reachTable = (units: number, table: CostTable, limit: number): readonly number[] =>
  Array.from({ length: units + 1 }, (_, from) =>
    Math.max(from, table[from]?.findLastIndex((cost) => cost <= limit && cost < Infinity) ?? from),
  );

/** The fewest slots that reach the end, or else all of them, as far as they get. */
function furthest(units: number, counts: readonly number[], reach: readonly (readonly number[])[]): Filling {
  const strides = counts.map((_, kind) => searchSize(counts.slice(0, kind)));
  const states = searchSize(counts);
  const reached = new Int32Array(states);
  const used = new Int32Array(states);
  const last = new Int32Array(states).fill(-1);
  let best = 0;
  for (let state = 1; state < states; state++) {
    for (const [kind, stride] of strides.entries()) {
      if (Math.floor(state / stride) % ((counts[kind] ?? 0) + 1) === 0) continue;
      const before = state - stride;
      const end = reach[kind]?.[reached[before] ?? 0] ?? 0;
      used[state] = (used[before] ?? 0) + 1;
      if (last[state] !== -1 && end <= (reached[state] ?? 0)) continue;
      reached[state] = end;
      last[state] = kind;
    }
    const gain = (reached[state] ?? 0) - (reached[best] ?? 0);
    if (gain > 0 || (gain === 0 && (used[state] ?? 0) < (used[best] ?? 0))) best = state;
  }
  const kinds: number[] = [];
  for (let state = best; state > 0; state -= strides[kinds[0] ?? 0] ?? state) kinds.unshift(last[state] ?? 0);
  return { reached: Math.min(units, reached[best] ?? 0), kinds };
}

/** With the slots in this order, the pieces within the limit whose costs have the least sum of squares. */
function mostEven(
  units: number,
  kinds: readonly number[],
  costs: readonly CostTable[],
  limit: number,
): readonly Piece[] {
  /** For each number of slots and each end: the least sum, and where its last piece starts. */
  const rows: { readonly sum: number; readonly from: number }[][] = [
    Array.from({ length: units + 1 }, (_, end) => ({ sum: end === 0 ? 0 : Infinity, from: 0 })),
  ];
  for (const kind of kinds) {
    const before = rows.at(-1) ?? [];
    const row = Array.from({ length: units + 1 }, (_, to) => {
      let best = { sum: Infinity, from: 0 };
      for (let from = 0; from < to; from++) {
        const cost = costs[kind]?.[from]?.[to] ?? Infinity;
        const sum = (before[from]?.sum ?? Infinity) + cost ** 2;
        if (cost <= limit && sum < best.sum) best = { sum, from };
      }
      return best;
    });
    rows.push(row);
  }
  const pieces: Piece[] = [];
  let to = units;
  for (const [index, kind] of [...kinds.entries()].toReversed()) {
    const from = rows[index + 1]?.[to]?.from ?? 0;
    pieces.unshift({ kind, from, to });
    to = from;
  }
  return pieces;
}
