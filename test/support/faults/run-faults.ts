import { CLEAN } from '../../faults/table/clean.ts';
import type { Cast, Fault, Judged, Outcome, Played, Turn } from './fault.ts';
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

/** Rows one after the other, each compared with the clean run of the same cast, text and length. */
export async function* runFaults(faults: readonly Fault[], { rounds, onProgress }: FaultsOptions): AsyncGenerator<Row> {
  const pool = new EnginePool();
  const cleanRuns = new Map<string, Outcome>();
  const play = async (fault: Fault, turn: Turn): Promise<readonly [Outcome, Stage]> => {
    const stage = await Stage.open(fault, turn, pool);
    const which = turn.hit.length === 0 ? '' : `, workers ${turn.hit.join(', ')}`;
    const name = `${fault.name}${which}${turn.text === 0 ? '' : `, text ${turn.text}`}`;
    const outcome = await stage.play(rounds, (round) => onProgress(`${name}: ${round} of ${rounds} rounds`));
    pool.takeBack();
    return [outcome, stage];
  };
  const cleanOf = async (cast: Cast, text: number): Promise<Outcome> => {
    const key = JSON.stringify([cast, text]);
    const known = cleanRuns.get(key);
    if (known !== undefined) return known;
    const [outcome] = await play({ ...CLEAN, cast, name: `clean run of ${cast.workers} workers` }, { text, hit: [] });
    cleanRuns.set(key, outcome);
    return outcome;
  };
  for (const fault of faults) {
    const { name, skipped } = fault;
    if (skipped !== undefined) {
      yield { kind: 'skipped', name, why: skipped };
      continue;
    }
    let milliseconds = 0;
    const [runs, fired]: [Played[], (string | null)[]] = [[], []];
    for (const turn of turnsOf(fault)) {
      const clean = await cleanOf(fault.cast, turn.text);
      const startMs = performance.now();
      const [outcome, stage] = await play(fault, turn);
      milliseconds += performance.now() - startMs;
      runs.push({ ...turn, outcome, clean });
      fired.push(fault.fired(outcome, stage));
    }
    const judged = judge(fault, runs);
    const happened = fired.includes(null) ? null : (fired[0] ?? null);
    const ok = happened !== null && judged.every((one) => one.ok);
    yield { kind: 'run', name, fired: happened, judged, ok, seconds: Math.round(milliseconds / 1000) };
  }
}

const turnsOf = ({ turns = { groups: [[]], texts: 1 } }: Fault): readonly Turn[] =>
  Array.from({ length: turns.texts }, (_, text) => turns.groups.map((hit) => ({ text, hit }))).flat();
