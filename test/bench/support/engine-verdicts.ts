import type { BenchResult } from '../../../scripts/bench/report.ts';
import type { EngineSteps } from './engine-side.ts';
import type { Measurements } from './measurements.ts';

export type EngineSample = EngineSteps & { readonly secondsPerStep: number };
type Ours = Measurements<EngineSample>;
type Verdict = BenchResult['verdicts'][number];

const MAX_STOP_MS = 250;
const MAX_OVERHEAD = 0.02;

/** The goals of the engine. A peer that did not run has no verdict. */
export function engineVerdicts(
  what: string,
  given: {
    readonly ours: Ours;
    readonly eager: Measurements;
    readonly compiled: Measurements;
    readonly tfjs: Measurements;
    readonly stopsMs: readonly number[];
  },
): BenchResult['verdicts'] {
  const { ours, eager, compiled, tfjs, stopsMs } = given;
  const faster = (peer: Measurements, goal: number): Verdict[] =>
    peer.skipped ? [] : [atLeast(`tokens/s ÷ ${peer.name}, ${what}`, peer.secondsPerStep / ours.secondsPerStep, goal)];
  const smaller = (peer: Measurements): Verdict[] =>
    peer.skipped ? [] : [atMost(`peak memory ÷ ${peer.name}, ${what}`, ours.peakRssMiB / peer.peakRssMiB, 1)];
  return [
    ...faster(eager, 1),
    ...faster(compiled, 0.9),
    ...faster(tfjs, 1),
    ...smaller(eager),
    ...smaller(compiled),
    ...(what.startsWith('small') ? atSmall(what, ours, stopsMs) : []),
  ];
}

const atSmall = (what: string, ours: Ours, stopsMs: readonly number[]): Verdict[] => [
  atMost(`slowest run in ms, ${what}`, slowestRunMs(ours), MAX_STOP_MS),
  atMost(`longest time to a stop in ms, ${what}`, Math.max(...stopsMs), MAX_STOP_MS),
  atMost(`share of the step outside of session.run, ${what}`, overhead(ours), MAX_OVERHEAD),
];

/** The longest time for which the process heard nothing. */
export const slowestRunMs = ({ samples }: Ours): number =>
  Math.max(...samples.map(({ slowestRunMs: slowest }) => slowest));

/** The share of all steps' time that passed outside of onnxruntime's `session.run`. */
export function overhead({ samples }: Ours): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return 1 - sum(samples.flatMap(({ runSeconds }) => runSeconds)) / sum(samples.flatMap(({ seconds }) => seconds));
}

const atLeast = (name: string, value: number, goal: number): Verdict => {
  return { name, value, goal: `>= ${goal}`, ok: value >= goal };
};

const atMost = (name: string, value: number, goal: number): Verdict => {
  return { name, value, goal: `<= ${goal}`, ok: value <= goal };
};
