import type { Hotkey } from '../ids.ts';
import type { Judgement } from './judge-gains.ts';
import type { ScoringParams } from './scoring-params.ts';
import { type Contender, rateContenders, type Skill } from './skill.ts';
import { newcomer, type ScoreBook } from './standing.ts';

/**
 * The skills after the match of all honest work of a round with the idle worker. Who is barred or did harm is rated against it,
 * too, but nobody gains by having been better than that. In a round that went wrong for most, idleness is no merit: then the idle
 * worker does not take part.
 */
export function rateSkills(
  book: ScoreBook,
  judgements: ReadonlyMap<Hotkey, Judgement>,
  params: ScoringParams,
): { readonly skills: ReadonlyMap<Hotkey, Skill>; readonly idle: Skill } {
  const unknown = newcomer(params);
  const all = [...judgements]
    .toSorted(([a], [b]) => (a < b ? -1 : 1)) // sums of rounded numbers depend on their order
    .map(([hotkey, { gain, verdict }]) => {
      const { skill, trust } = book.standings.get(hotkey) ?? unknown;
      const isHarm = verdict === 'harmful' || verdict === 'poison' || verdict === 'blatant';
      return { hotkey, verdict, isOutside: isHarm || trust.kind === 'barred', contender: { skill, gain } };
    });
  const isWaived = all.some(({ verdict }) => verdict === 'waived');
  const base: readonly Contender[] = isWaived ? [] : [{ skill: book.idle, gain: 0 }];
  const field = all.filter(({ isOutside }) => !isOutside);
  const outside = all.filter(({ isOutside }) => isOutside);
  const honest = [...base, ...field.map(({ contender }) => contender)];
  const rated = rateContenders(honest);
  const withOutside = rateContenders([...honest, ...outside.map(({ contender }) => contender)]);
  const skills = new Map([
    ...field.map(({ hotkey, contender }, index) => [hotkey, rated[base.length + index] ?? contender.skill] as const),
    ...outside.map(
      ({ hotkey, contender }, index) => [hotkey, withOutside[honest.length + index] ?? contender.skill] as const,
    ),
  ]);
  return { skills, idle: isWaived ? book.idle : (rated[0] ?? book.idle) };
}
