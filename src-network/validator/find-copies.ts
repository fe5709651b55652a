import type { Hotkey, StateRoot } from '#protocol/ids.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { type Fingerprint, findNearDuplicates, fingerprintUpdate } from '#protocol/score/similarity.ts';
import type { GatheredUpdate } from './gather.ts';

/**
 * Who handed in nearly what another one had announced before, by the first to announce it. Updates from different states have
 * different things in common and are not compared.
 */
export function findCopies(
  spec: RunSpec,
  updates: readonly GatheredUpdate[],
  seed: Uint8Array,
): ReadonlyMap<Hotkey, Hotkey> {
  const byBase = new Map<StateRoot, Fingerprint[]>();
  for (const { hotkey, update, baseRoot } of updates.toSorted((a, b) => a.order - b.order)) {
    const prints = byBase.get(baseRoot) ?? [];
    prints.push(fingerprintUpdate(spec, hotkey, update, seed));
    byBase.set(baseRoot, prints);
  }
  return new Map([...byBase.values()].flatMap((prints) => [...findNearDuplicates(prints)]));
}
