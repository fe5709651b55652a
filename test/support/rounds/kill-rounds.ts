import { utf8 } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { KilledWorker } from './killed-worker.ts';

/** Rounds that come after the last kill: of each outcome one, and at least two checkpoints. */
const ROUNDS_AFTER = 8;

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly onProgress?: (line: string) => void;
}

export interface KillReport {
  /** By stage, how many kills hit it. Several stages may be under way at once. */
  readonly hits: ReadonlyMap<string, number>;
  readonly rounds: number;
  /** After how many kills the buffer on the disk was one with an update taken out whose verdict was open. */
  readonly resumed: number;
  /** What went wrong, in words; there should be none. */
  readonly complaints: readonly string[];
}

/**
 * Kills a worker again and again, at instants that the seed picks, and compares it with one that nobody disturbs: every update, every
 * root, the error buffer after every kill, and the files of the store.
 */
export async function killRounds({ kills, seed, onProgress }: KillOptions): Promise<KillReport> {
  const random = randomStream(utf8(`kills ${seed}`));
  const killed = await KilledWorker.create();
  const calm = await KilledWorker.create();
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      const hit = await killed.liveUntilKilled(random);
      onProgress?.(`kill ${kill} of ${kills}, in round ${killed.rounds}: ${hit}`);
    }
    const rounds = killed.rounds + ROUNDS_AFTER;
    onProgress?.(`${rounds} rounds in all; the same undisturbed`);
    await killed.liveToRound(rounds);
    await calm.liveToRound(rounds);
    const complaints = [...(await killed.compareWith(calm)), ...(await calm.compareWith(calm))];
    return { hits: killed.hits, rounds, resumed: killed.resumed, complaints };
  } finally {
    await Promise.all([killed.end(), calm.end()]);
  }
}
