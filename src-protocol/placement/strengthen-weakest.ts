import type { PlacementBoard } from './placement-board.ts';

interface Move {
  readonly worker: number;
  readonly from: number;
}

/**
 * Moves workers to the weakest shard as long as that pays. Moves are tried in a row, since two equally weak shards gain only
 * together, and taken back when the weakest shard of all has not gained `minimumGain` by the end (Petals' rebalancing simulates
 * in the same way: server/block_selection.py). Every single move makes the sorted vector of strengths lexicographically larger.
 *
 * @param mayMove index of a worker → whether it may be moved
 * @param minimumGain share by which the weakest shard must gain; 0: any move that strengthens a weakest shard is taken
 */
export function strengthenWeakest(
  board: PlacementBoard,
  mayMove: (worker: number) => boolean,
  minimumGain: number,
): void {
  let moves: Move[] = [];
  let start = board.strength(weakest(board));
  for (;;) {
    const shard = weakest(board);
    const worker = bestMove(board, shard, mayMove);
    if (worker < 0) break;
    moves.push({ worker, from: board.shardOf(worker) });
    board.place(worker, shard);
    const reached = board.strength(weakest(board));
    if (reached < (1 + minimumGain) * start) continue;
    start = reached;
    moves = [];
  }
  for (const { worker, from } of moves.toReversed()) board.place(worker, from);
}

/** Of the shards that anybody serves: to the others nothing can be brought (`coverShards`). −1 when there is none. */
function weakest(board: PlacementBoard): number {
  let [index, least] = [-1, Infinity];
  for (const shard of board.needs.keys()) {
    const strength = board.strength(shard);
    if (strength > 0 && strength < least) [index, least] = [shard, strength];
  }
  return index;
}

/** Who leaves the weaker of both shards strongest, and stronger than the weakest is now; of equals the one of least stake. */
function bestMove(board: PlacementBoard, to: number, mayMove: (worker: number) => boolean): number {
  if (to < 0) return -1;
  let [best, most] = [-1, board.strength(to)];
  for (const worker of board.workers.keys()) {
    const from = board.shardOf(worker);
    const gained = board.throughput(worker, to);
    if (from < 0 || from === to || gained <= 0 || !mayMove(worker)) continue;
    const left = Math.min(board.strength(to) + gained, board.strength(from) - board.throughput(worker, from));
    if (left > most || (left === most && best >= 0)) [best, most] = [worker, left];
  }
  return best;
}
