import type { ScoringParams } from './scoring-params.ts';
import { ordinalOf } from './skill.ts';
import type { Standing } from './standing.ts';

export interface ScoreParts {
  /** 0…100, to a tenth. */
  readonly score: number;
  /** 0…1: the ordinal on a scale on which the idle worker has 0 and the best worker 1. */
  readonly skill: number;
  /** 0…1: the own-data average, in full from the target on. */
  readonly ownData: number;
}

/**
 * skill · own data · agreement · uptime. Own data counts in full from a target on, since it is an average of few and noisy
 * measurements: that of a worker which never used its text wanders around 0 by ±0.1 (memory 0.95). Honest workers of real rounds had
 * 0.4 and more (docs/ARCHITECTURE.md): far enough above for luck not to decide the pay.
 */
export function scoreOf(
  standing: Pick<Standing, 'skill' | 'ownData' | 'agreement' | 'uptime'>,
  field: { readonly idle: number; readonly best: number },
  { ownDataTarget }: ScoringParams,
): ScoreParts {
  const range = field.best - field.idle;
  const skill = range > 0 ? unit((ordinalOf(standing.skill) - field.idle) / range) : 0;
  const ownData = unit(standing.ownData / ownDataTarget);
  const score = 100 * skill * ownData * standing.agreement * standing.uptime;
  return { score: Math.round(10 * score) / 10, skill, ownData };
}

const unit = (value: number): number => Math.min(1, Math.max(0, value));
