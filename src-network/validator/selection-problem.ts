import type { Hotkey } from '#protocol/ids.ts';
import { type Manifest, MAX_MANIFEST_ENTRIES, MAX_MANIFEST_LEFT } from '#protocol/round/manifest.ts';
import { mergeWeight } from '#protocol/round/merge-weight.ts';
import { type Candidate, withPlace } from '#protocol/round/places.ts';
import { relativeFall } from '#protocol/score/judge-gains.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** A lead may have missed a few updates that came here, on links of its own; of more than this share it has no excuse. */
const MAX_MISSING_SHARE = 1 / 3;

/**
 * What is wrong with the updates that a manifest merges and leaves out. Validators differ in what they know of a worker, by when they
 * began. What they measure is nearly the same: only what it shows beyond doubt is an objection.
 * @returns `null` when there is nothing to object
 */
export function selectionProblem(
  { roster, run, bases }: Pick<ValidatorDesk, 'roster' | 'run' | 'bases'>,
  work: RoundWork,
  manifest: Manifest,
): string | null {
  const { updates, copies } = work;
  const { noiseLimit, quarantineShare } = run.spec.scoring;
  const members = new Set(roster.members.map(({ neuron }) => neuron.hotkey));
  const blobOf = new Map(updates.map(({ hotkey, blob }) => [hotkey, blob]));
  const candidates = new Map<Hotkey, Candidate>();
  for (const { hotkey, blob, baseRoot, weight } of manifest.entries) {
    if (!members.has(hotkey)) return `it merges an update of ${hotkey}, who is not registered`;
    if (candidates.has(hotkey)) return `it merges two updates of ${hotkey}`;
    const staleness = bases.indexOf(baseRoot);
    if (staleness < 0) return `it merges an update of ${hotkey} from a state that is too old`;
    if (weight > mergeWeight(staleness, 1)) return `it gives the update of ${hotkey} more weight than there is`;
    if (weight < mergeWeight(staleness, quarantineShare)) return `it gives the update of ${hotkey} hardly any weight`;
    candidates.set(hotkey, { hotkey, isNewcomer: weight < mergeWeight(staleness, 1) });
    if (blobOf.get(hotkey) !== blob) continue;
    if (gainOf(work, hotkey) < -2 * noiseLimit) return `it merges the update of ${hotkey}, which does harm`;
    if (copies.has(hotkey)) return `it merges the update of ${hotkey}, which is a copy`;
  }
  for (const { hotkey, isNewcomer } of manifest.left) {
    if (!members.has(hotkey)) return `it has no room for ${hotkey}, who is not registered`;
    if (candidates.has(hotkey)) return `it names ${hotkey} twice`;
    candidates.set(hotkey, { hotkey, isNewcomer });
  }
  return placesProblem(work, manifest, [...candidates.values()]) ?? missingProblem(work, manifest, candidates);
}

/** The draw is the same for everyone: of those whom a manifest names itself, it must merge who has a place and nobody else. */
function placesProblem(
  { updates, isOnTime, seed }: RoundWork,
  { entries, left }: Manifest,
  candidates: readonly Candidate[],
): string | null {
  const places = withPlace(candidates, seed);
  const passedOver = left.find(({ hotkey }) => places.has(hotkey));
  if (passedOver !== undefined) return `it has no room for ${passedOver.hotkey}, who has a place by the draw`;
  if (entries.length < MAX_MANIFEST_ENTRIES || !isOnTime) return null;
  // Who can make up updates when the draw is known fills the places with those that it favours.
  const came = new Set(updates.map(({ blob }) => blob));
  const strangers = entries.filter(({ blob }) => !came.has(blob)).length;
  return strangers > MAX_MISSING_SHARE * entries.length
    ? `it fills ${strangers} of its ${entries.length} places with updates that did not come here`
    : null;
}

function missingProblem(
  work: RoundWork,
  { entries, left }: Manifest,
  candidates: ReadonlyMap<Hotkey, Candidate>,
): string | null {
  const { updates, copies, ratings, seed } = work;
  const merged = new Set(entries.map(({ hotkey }) => hotkey));
  const good = updates.filter(({ hotkey }) => !copies.has(hotkey) && gainOf(work, hotkey) > 0);
  // As this validator would have it, or the lead could say of a trusted worker that it is one of too many newcomers.
  const isNewcomer = new Map(ratings.map(({ hotkey, mergeShare }) => [hotkey, mergeShare < 1]));
  const asSeenHere = new Map(candidates);
  for (const { hotkey } of good) asSeenHere.set(hotkey, { hotkey, isNewcomer: isNewcomer.get(hotkey) ?? true });
  const places = withPlace([...asSeenHere.values()], seed);
  const isNamed = (hotkey: Hotkey): boolean => candidates.has(hotkey) || left.length >= MAX_MANIFEST_LEFT;
  const missing = good.filter(({ hotkey }) => !merged.has(hotkey) && (!isNamed(hotkey) || places.has(hotkey)));
  return missing.length > MAX_MISSING_SHARE * good.length
    ? `it leaves out ${missing.length} of ${good.length} good updates that came in time`
    : null;
}

function gainOf({ evaluations }: RoundWork, hotkey: Hotkey): number {
  const evaluation = evaluations.get(hotkey);
  return evaluation === undefined ? 0 : relativeFall(evaluation.randomBefore, evaluation.randomAfter);
}
