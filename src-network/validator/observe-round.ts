import type { Hotkey } from '#protocol/ids.ts';
import { firstBlock } from '#protocol/round/clock.ts';
import type { Observation } from '#protocol/score/observation.ts';
import type { GatheredUpdate, Refusal } from './gather.ts';
import { isTooFar, timesUsualLength } from './how-far.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** With fewer that are trusted, as at a run's beginning, all say what is usual. */
const MIN_TRUSTED = 2;

/**
 * What the round showed of each member that works: of all that brought an update, and of those who have brought one before.
 * Nobody is blamed for a round that it came too late for, or that this validator did not open in time.
 */
export function observeRound(
  { roster, run, book, replica }: Pick<ValidatorDesk, 'roster' | 'run' | 'book' | 'replica'>,
  { round, isOnTime, updates, evaluations, copies }: RoundWork,
  refusals: ReadonlyMap<Hotkey, Refusal>,
): readonly Observation[] {
  const updateOf = new Map(updates.map((update) => [update.hotkey, update]));
  const goesTooFar = (update: GatheredUpdate): boolean => isTooFar(run.spec, replica.step, update.update);
  const trustOf = (hotkey: Hotkey) => book.standings.get(hotkey)?.trust.kind;
  const honest = updates.filter(
    (update) => !copies.has(update.hotkey) && !goesTooFar(update) && trustOf(update.hotkey) !== 'barred',
  );
  // New keys cost nothing, and a crowd of them whose updates are next to nothing would make all work look long.
  const trusted = honest.filter(({ hotkey }) => trustOf(hotkey) === 'trusted');
  const usual = trusted.length >= MIN_TRUSTED ? trusted : honest;
  const begin = firstBlock(round, run.spec.round);
  return roster.members.flatMap(({ neuron: { hotkey, registeredAtBlock } }): readonly Observation[] => {
    const update = updateOf.get(hotkey);
    if (update !== undefined) {
      const { staleness } = update;
      const evaluation = evaluations.get(hotkey) ?? null;
      const similarTo = copies.get(hotkey) ?? null;
      const length = { isTooFar: goesTooFar(update), timesUsualLength: timesUsualLength(update, usual) };
      return [{ hotkey, kind: 'update', staleness, evaluation, similarTo, ...length }];
    }
    const refusal = refusals.get(hotkey);
    if (refusal !== undefined) {
      const { reason } = refusal;
      return [reason === 'excused' ? { hotkey, kind: 'excused' } : { hotkey, kind: 'refused', reason }];
    }
    if (!book.standings.has(hotkey)) return [];
    return [{ hotkey, kind: isOnTime && registeredAtBlock <= begin ? 'absent' : 'excused' }];
  });
}
