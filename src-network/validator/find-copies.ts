import { setImmediate } from 'node:timers/promises';
import type { Hotkey } from '#protocol/ids.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { type Fingerprint, findNearDuplicates, fingerprintUpdate } from '#protocol/score/similarity.ts';
import { openUpdateBlob } from '#protocol/update/update-blob.ts';
import type { GatheredUpdate } from './gather.ts';
import type { MergedUpdate } from './merged-before.ts';

/**
 * Who handed in nearly what another one had announced before, or what was merged in the rounds before, by the first to announce it. Between short pieces of work others get
 * their turn: messages come in meanwhile.
 */
export async function findCopies(
  spec: RunSpec,
  updates: readonly GatheredUpdate[],
  seed: Uint8Array,
  mergedBefore: AsyncIterable<MergedUpdate>,
): Promise<ReadonlyMap<Hotkey, Hotkey>> {
  const before: Fingerprint[] = [];
  for await (const { target, bytes } of mergedBefore) {
    // One after the other: a fingerprint is some KiB, all these updates may be some hundred MiB.
    const { maker: hotkey, baseRoot } = target;
    before.push(fingerprintUpdate(spec, { hotkey, baseRoot, update: openUpdateBlob(spec, target, bytes) }, seed));
    await rest();
  }
  const prints: Fingerprint[] = [];
  for (const update of updates.toSorted((a, b) => a.order - b.order)) {
    prints.push(fingerprintUpdate(spec, update, seed));
    await rest();
  }
  return findNearDuplicates(prints, rest, before);
}

const rest = (): Promise<void> => setImmediate();
