import { expect, it } from 'vitest';
import { findCopies } from '#network/validator/find-copies.ts';
import type { MergedUpdate } from '#network/validator/merged-before.ts';
import type { GatheredUpdate } from '#network/validator/gather.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { openUpdateBlob } from '#protocol/update/update-blob.ts';
import { honestRun, honestTarget, honestUpdates } from '../../support/honest-updates.ts';

const [blobs = [], next = [], last = []] = await honestUpdates(6, 3);
const [now, before] = ['aa', 'bb'].map((byte) => byte.repeat(32) as StateRoot) as [StateRoot, StateRoot];

const gathered = (hotkey: string, blob: Uint8Array, order: number, baseRoot: StateRoot, round = 0): GatheredUpdate => ({
  ...{ hotkey: hotkey as Hotkey, blob: `${order}` as BlobHash, innerSteps: 1, order, baseRoot },
  ...{ staleness: baseRoot === now ? 0 : 1, update: openUpdateBlob(honestRun, honestTarget(round), blob) },
});
const honest = blobs.map((blob, i) => gathered(`honest ${i}`, blob, i, now));
const seed = Uint8Array.of(1);
/** Nothing was merged before. */
const none = () => mergedOf([]);

/** All of the one maker of honest-updates.ts; the newest round first. */
async function* mergedOf(...rounds: readonly (readonly Uint8Array[])[]): AsyncGenerator<MergedUpdate> {
  for (const [back, merged] of rounds.entries()) {
    const target = honestTarget(rounds.length - 1 - back);
    for (const bytes of merged) yield await Promise.resolve({ target, bytes });
  }
}

it('a copy is found whatever state it says that it starts from', async () => {
  const copier = gathered('copier', blobs[2]!, 9, before);
  expect(await findCopies(honestRun, [...honest, copier], seed, none())).toEqual(new Map([['copier', 'honest 2']]));
  const stale = honest.map((update) => ({ ...update, baseRoot: before }));
  expect(await findCopies(honestRun, [...stale, { ...copier, baseRoot: now }], seed, none())).toEqual(
    new Map([['copier', 'honest 2']]),
  );
});

it('honest updates from different states are no copies of each other', async () => {
  const mixed = honest.map((update, i) => (i % 2 === 0 ? update : { ...update, baseRoot: before }));
  expect(await findCopies(honestRun, mixed, seed, none())).toEqual(new Map());
});

it('what was merged in the round before cannot be handed in again, by anyone, and new work is no copy of it', async () => {
  const honestNow = next.map((blob, i) => gathered(`honest ${i}`, blob, i, now, 1));
  expect(await findCopies(honestRun, honestNow, seed, mergedOf(blobs))).toEqual(new Map());
  const again = gathered('copier', blobs[2]!, 9, now);
  expect(await findCopies(honestRun, [...honestNow, again], seed, none())).toEqual(new Map());
  expect(await findCopies(honestRun, [...honestNow, again], seed, mergedOf(blobs))).toEqual(
    new Map([['copier', honestTarget(0).maker]]),
  );
});

it('what was merged two rounds before cannot be handed in again either, and new work is no copy of it', async () => {
  const honestNow = last.map((blob, i) => gathered(`honest ${i}`, blob, i, now, 2));
  expect(await findCopies(honestRun, honestNow, seed, mergedOf(next, blobs))).toEqual(new Map());
  const again = gathered('copier', blobs[2]!, 9, now);
  expect(await findCopies(honestRun, [...honestNow, again], seed, mergedOf(next, blobs))).toEqual(
    new Map([['copier', honestTarget(0).maker]]),
  );
});
