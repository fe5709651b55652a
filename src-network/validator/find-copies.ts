import { setImmediate } from 'node:timers/promises';
import type { Hotkey } from '#protocol/ids.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { type Fingerprint, findNearDuplicates, fingerprintUpdate } from '#protocol/score/similarity.ts';
import type { GatheredUpdate } from './gather.ts';

/**
 * Who handed in nearly what another one had announced before, by the first to announce it. Between short pieces of work others get
 * their turn: messages come in meanwhile.
 */
export async function findCopies(
  spec: RunSpec,
  updates: readonly GatheredUpdate[],
  seed: Uint8Array,
): Promise<ReadonlyMap<Hotkey, Hotkey>> {
  const prints: Fingerprint[] = [];
  for (const update of updates.toSorted((a, b) => a.order - b.order)) {
    prints.push(fingerprintUpdate(spec, update, seed));
    await rest();
  }
  return findNearDuplicates(prints, rest);
}

const rest = (): Promise<void> => setImmediate();
