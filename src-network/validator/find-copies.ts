import { setImmediate } from 'node:timers/promises';
import type { Hotkey, StateRoot } from '#protocol/ids.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { type Fingerprint, findNearDuplicates, fingerprintUpdate } from '#protocol/score/similarity.ts';
import type { GatheredUpdate } from './gather.ts';

/**
 * Who handed in nearly what another one had announced before, by the first to announce it. Updates from different states have
 * different things in common and are not compared. Between short pieces of work others get their turn: messages come in meanwhile.
 */
export async function findCopies(
  spec: RunSpec,
  updates: readonly GatheredUpdate[],
  seed: Uint8Array,
): Promise<ReadonlyMap<Hotkey, Hotkey>> {
  const byBase = new Map<StateRoot, Fingerprint[]>();
  for (const { hotkey, update, baseRoot } of updates.toSorted((a, b) => a.order - b.order)) {
    const prints = byBase.get(baseRoot) ?? [];
    prints.push(fingerprintUpdate(spec, hotkey, update, seed));
    byBase.set(baseRoot, prints);
    await rest();
  }
  const copies = new Map<Hotkey, Hotkey>();
  for (const prints of byBase.values()) {
    for (const [copier, original] of await findNearDuplicates(prints, rest)) copies.set(copier, original);
  }
  return copies;
}

const rest = (): Promise<void> => setImmediate();
