import type { PlacementBoard } from './placement-board.ts';

interface Step {
  readonly worker: number;
  readonly to: number;
  /** The step that needs this one's worker: where `worker` comes from has to be filled by a step before. */
  readonly then: Step | null;
}

/**
 * Gives every shard that nobody serves a worker, as long as any arrangement of the workers can: along a shortest augmenting path of
 * the bipartite matching (Kuhn 1955; Hopcroft and Karp 1973). A shard is only left without when no arrangement covers more shards.
 */
export function coverShards(board: PlacementBoard): void {
  for (const shard of board.needs.keys()) {
    if (board.strength(shard) > 0) continue;
    for (let step = findPath(board, shard); step !== null; step = step.then) board.place(step.worker, step.to);
  }
}

/** Moves that fill `uncovered` and empty no shard that somebody serves, the last mover first; `null` when there are none. */
function findPath(board: PlacementBoard, uncovered: number): Step | null {
  const seen = new Set([uncovered]);
  let wanted: { readonly shard: number; readonly then: Step | null }[] = [{ shard: uncovered, then: null }];
  while (wanted.length > 0) {
    const next: typeof wanted = [];
    for (const { shard, then } of wanted) {
      const spare = spareWorker(board, shard);
      if (spare >= 0) return { worker: spare, to: shard, then };
      for (const worker of board.workers.keys()) {
        const from = board.shardOf(worker);
        if (from < 0 || seen.has(from) || board.throughput(worker, shard) <= 0) continue;
        seen.add(from);
        next.push({ shard: from, then: { worker, to: shard, then } });
      }
    }
    wanted = next;
  }
  return null;
}

/** Who serves the shard and is not alone where it is; of several, one whose place stays strongest, of equals the last. −1: nobody. */
function spareWorker(board: PlacementBoard, shard: number): number {
  let [best, most] = [-1, 0];
  for (const worker of board.workers.keys()) {
    const from = board.shardOf(worker);
    if (from < 0 || from === shard || board.throughput(worker, shard) <= 0) continue;
    if (!isServedWithout(board, from, worker)) continue;
    const left = Math.min(board.throughput(worker, shard), board.strength(from) - board.throughput(worker, from));
    if (best < 0 || left >= most) [best, most] = [worker, left];
  }
  return best;
}

/** A worker that adds nothing where it is may go from there, too. */
const isServedWithout = (board: PlacementBoard, shard: number, worker: number): boolean =>
  board.throughput(worker, shard) <= 0 ||
  [...board.membersOf(shard)].some((other) => other !== worker && board.throughput(other, shard) > 0);
