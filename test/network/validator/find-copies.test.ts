import { expect, it } from 'vitest';
import { findCopies } from '#network/validator/find-copies.ts';
import type { GatheredUpdate } from '#network/validator/gather.ts';
import type { BlobHash, Hotkey, StateRoot } from '#protocol/ids.ts';
import { openUpdateBlob } from '#protocol/update/update-blob.ts';
import { honestRun, honestTarget, honestUpdates } from '../../support/honest-updates.ts';

const [blobs = []] = await honestUpdates(6, 1);
const [now, before] = ['aa', 'bb'].map((byte) => byte.repeat(32) as StateRoot) as [StateRoot, StateRoot];

const gathered = (hotkey: string, blob: Uint8Array, order: number, baseRoot: StateRoot): GatheredUpdate => ({
  ...{ hotkey: hotkey as Hotkey, blob: `${order}` as BlobHash, innerSteps: 1, order, baseRoot },
  ...{ staleness: baseRoot === now ? 0 : 1, update: openUpdateBlob(honestRun, honestTarget(0), blob) },
});
const honest = blobs.map((blob, i) => gathered(`honest ${i}`, blob, i, now));
const seed = Uint8Array.of(1);

it('a copy is found whatever state it says that it starts from', async () => {
  const copier = gathered('copier', blobs[2]!, 9, before);
  expect(await findCopies(honestRun, [...honest, copier], seed)).toEqual(new Map([['copier', 'honest 2']]));
  const stale = honest.map((update) => ({ ...update, baseRoot: before }));
  expect(await findCopies(honestRun, [...stale, { ...copier, baseRoot: now }], seed)).toEqual(
    new Map([['copier', 'honest 2']]),
  );
});

it('honest updates from different states are no copies of each other', async () => {
  const mixed = honest.map((update, i) => (i % 2 === 0 ? update : { ...update, baseRoot: before }));
  expect(await findCopies(honestRun, mixed, seed)).toEqual(new Map());
});
