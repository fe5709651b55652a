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
  const { updates } = work;
  const { noiseLimit, quarantineShare } = run.spec.scoring;
  // Whoever was registered when the round began stays a member in it: a new registration may have taken its place since.
  const members = new Set([
    ...roster.members.map(({ neuron }) => neuron.hotkey),
    ...updates.map(({ hotkey }) => hotkey),
  ]);
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
    if (isOldWork(work, hotkey)) return `it merges the update of ${hotkey}, which is a copy`;
  }
  const twice = mergedTwice(work, manifest);
  if (twice !== null) return `it merges the update of ${twice}, which is a copy`;
  for (const { hotkey, isNewcomer } of manifest.left) {
    if (!members.has(hotkey)) return `it has no room for ${hotkey}, who is not registered`;
    if (candidates.has(hotkey)) return `it names ${hotkey} twice`;
    candidates.set(hotkey, { hotkey, isNewcomer });
  }
  return placesProblem(work, manifest, [...candidates.values()]) ?? missingProblem(work, manifest, candidates);
}

/** Whether it is a copy of what was merged in the rounds before, which everyone knows. */
function isOldWork({ copies, updates }: RoundWork, hotkey: Hotkey): boolean {
  const original = copies.get(hotkey);
  if (original === undefined) return false;
  return original === hotkey || !updates.some((update) => update.hotkey === original);
}

/**
 * Who has a second one of the same merged, if anyone has. Which of the same was there first, nobody can say for others: their maker may
 * have sent them to each validator in another order, and all would refuse each other's manifests. To merge one of them is fair.
 */
function mergedTwice(work: RoundWork, manifest: Manifest): Hotkey | null {
  const { copies } = work;
  const merged = new Set<Hotkey>();
  // The originals first, so that it is a copier who is named.
  for (const hotkey of mergedOf(work, manifest).toSorted((a, b) => Number(copies.has(a)) - Number(copies.has(b)))) {
    const original = copies.get(hotkey) ?? hotkey;
    if (merged.has(original)) return hotkey;
    merged.add(original);
  }
  return null;
}

/** Makers of the updates that it merges and that came here. */
function mergedOf({ updates }: RoundWork, { entries }: Manifest): readonly Hotkey[] {
  const blobOf = new Map(updates.map(({ hotkey, blob }) => [hotkey, blob]));
  return entries.filter(({ hotkey, blob }) => blobOf.get(hotkey) === blob).map(({ hotkey }) => hotkey);
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
  manifest: Manifest,
  candidates: ReadonlyMap<Hotkey, Candidate>,
): string | null {
  const { updates, copies, ratings, seed } = work;
  const { entries, left } = manifest;
  // One of the same stands for the others (`mergedTwice`).
  const stoodFor = mergedOf(work, manifest).flatMap((hotkey) => copies.get(hotkey) ?? []);
  const merged = new Set([...entries.map(({ hotkey }) => hotkey), ...stoodFor]);
  const good = updates.filter(({ hotkey }) => !copies.has(hotkey) && gainOf(work, hotkey) > 0);
  // As this validator would have it, or the lead could say of a trusted worker that it is one of too many newcomers.
  const isNewcomer = new Map(ratings.map(({ hotkey, mergeShare }) => [hotkey, mergeShare < 1]));
  const asSeenHere = new Map(candidates);
  for (const { hotkey } of good) asSeenHere.set(hotkey, { hotkey, isNewcomer: isNewcomer.get(hotkey) ?? true });
  const places = withPlace([...asSeenHere.values()], seed);
  const isNamed = (hotkey: Hotkey): boolean => candidates.has(hotkey) || left.length >= MAX_MANIFEST_LEFT;
  const isMissing = ({ hotkey }: { readonly hotkey: Hotkey }): boolean =>
    !merged.has(hotkey) && (!isNamed(hotkey) || places.has(hotkey));
  const isTooMany = (all: typeof good): boolean => all.filter(isMissing).length > MAX_MISSING_SHARE * all.length;
  // Newcomers are half of those who are measured, and cost nothing but their keys: a crowd of them that tells the lead nothing must not
  // bring it down. They are rated and paid all the same.
  const trusted = good.filter(({ hotkey }) => isNewcomer.get(hotkey) === false);
  return isTooMany(good) && (trusted.length === 0 || isTooMany(trusted))
    ? `it leaves out ${good.filter(isMissing).length} of ${good.length} good updates that came in time`
    : null;
}

function gainOf({ evaluations }: RoundWork, hotkey: Hotkey): number {
  const evaluation = evaluations.get(hotkey);
  return evaluation === undefined ? 0 : relativeFall(evaluation.randomBefore, evaluation.randomAfter);
}
