import { CLEAN } from '../../faults/table/clean.ts';
import type { Cast, Fault, Judged, Outcome } from './fault.ts';
import { EnginePool } from './engine-pool.ts';
import { judge } from './judge.ts';
import { Stage } from './stage.ts';

export type Row =
  | { readonly kind: 'skipped'; readonly name: string; readonly why: string }
  | {
      readonly kind: 'run';
      readonly name: string;
      /** `null`: the fault never happened. */
      readonly fired: string | null;
      readonly judged: readonly Judged[];
      readonly ok: boolean;
      readonly seconds: number;
    };

export interface FaultsOptions {
  readonly rounds: number;
  readonly onProgress: (line: string) => void;
}

/** Rows one after the other, each compared with the clean run of the same cast and length. */
export async function* runFaults(faults: readonly Fault[], { rounds, onProgress }: FaultsOptions): AsyncGenerator<Row> {
  const pool = new EnginePool();
  const cleanRuns = new Map<string, Outcome>();
  const play = async (fault: Fault): Promise<readonly [Outcome, Stage]> => {
    const stage = await Stage.open(fault, pool);
    const onRound = (round: number): void => onProgress(`${fault.name}: ${round} of ${rounds} rounds`);
    const outcome = await stage.play(rounds, onRound);
    pool.takeBack();
    return [outcome, stage];
  };
  const cleanOf = async (cast: Cast): Promise<Outcome> => {
    const key = JSON.stringify(cast);
    const known = cleanRuns.get(key);
    if (known !== undefined) return known;
    const [outcome] = await play({ ...CLEAN, cast, name: `clean run of ${cast.workers} workers` });
    cleanRuns.set(key, outcome);
    return outcome;
  };
  for (const fault of faults) {
    const { name, skipped } = fault;
    if (skipped !== undefined) {
      yield { kind: 'skipped', name, why: skipped };
      continue;
    }
    const clean = await cleanOf(fault.cast);
    const startMs = performance.now();
    const [outcome, stage] = await play(fault);
    const fired = fault.fired(outcome, stage);
    const judged = judge(fault, outcome, clean);
    const ok = fired !== null && judged.every((one) => one.ok);
    yield { kind: 'run', name, fired, judged, ok, seconds: Math.round((performance.now() - startMs) / 1000) };
  }
}
