import { expect, it } from 'vitest';
import type { BlobHash, Hotkey } from '#protocol/ids.ts';
import { MillraceError } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { type Manifest } from '#protocol/round/manifest.ts';
import { encodeRunSpec, runIdOf } from '#protocol/run-spec.ts';
import { findRound, walkToBase } from '#worker/export/find-round.ts';
import type { SignedManifest } from '#worker/export/walk-back.ts';
import { smallRun, testKey, testRoot } from '../../support/small-run.ts';
import { sealChain, validator } from './make-export.ts';

const run = runIdOf(encodeRunSpec(smallRun));

/** Whoever has these manifests, and nobody who has the others. */
const fetchFrom = (chain: readonly SignedManifest[]) => (hash: BlobHash) => {
  const found = chain.find((link) => link.hash === hash);
  return found === undefined
    ? Promise.reject(new MillraceError('BLOB_MISSING', 'Nobody to ask.'))
    : Promise.resolve(found.bytes);
};
const find = (chain: readonly SignedManifest[], round: number | null, validators: readonly Hotkey[] = [validator]) =>
  findRound(chain.at(-1)!.hash, { run, round, validators: new Set(validators), fetchBytes: fetchFrom(chain) });

it.each([
  [null, 10],
  [10, 10],
  [9, 9],
  [7, 7],
])('finds the manifest of round %s', async (round, found) => {
  const chain = sealChain(smallRun);
  expect(await find(chain, round)).toEqual(chain.find(({ manifest }) => manifest.round === found));
});

it.each([
  [11, 'Round 11 has no manifest; the newest is that of round 10'],
  [8, 'Round 8 has no manifest; the nearest are those of rounds 7 and 9'],
  [3, 'Round 3 has no manifest; the first is that of round 7'],
])('says of round %d which are the nearest', async (round, message) => {
  await expect(find(sealChain(smallRun), round)).rejects.toMatchObject({ code: 'NOT_FOUND', message });
});

it('says where the way back ends when nobody keeps what was before', async () => {
  const message = expect.stringContaining('nobody who was reached keeps manifests before round 9') as string;
  await expect(find(sealChain(smallRun).slice(1), 7)).rejects.toMatchObject({ code: 'NOT_FOUND', message });
});

it('hands on that the newest manifest itself is missing', async () => {
  const [newest] = sealChain(smallRun).slice(-1);
  const options = { run, round: null, validators: new Set([validator]), fetchBytes: fetchFrom([]) };
  await expect(findRound(newest!.hash, options)).rejects.toMatchObject({ code: 'BLOB_MISSING' });
});

it.each<[string, (manifest: Manifest) => Partial<Manifest>, RegExp]>([
  ['belongs to another run', () => ({ run: '00'.repeat(32) as typeof run }), /belongs to another run/],
  ['starts from another state', ({ round }) => (round === 10 ? { baseRoot: testRoot } : {}), /another state/],
  ['leaves out a step', ({ round }) => (round === 10 ? { step: 4 } : {}), /step 4 after step 2/],
  ['is not later', ({ round }) => (round === 10 ? { round: 9 } : {}), /round 9 does not follow that of round 9/],
])('refuses a manifest that %s', async (_, change, message) => {
  await expect(find(sealChain(smallRun, change), 7)).rejects.toMatchObject({
    code: 'PROTOCOL',
    message: expect.stringMatching(message) as string,
  });
});

it('refuses a manifest whose signer is no validator', async () => {
  await expect(find(sealChain(smallRun), null, [hotkeyOf(testKey(1))])).rejects.toThrow(/who is no validator/);
});

it.each<[string, SignedManifest[], number[]]>([
  ['to the beginning of the run', sealChain(smallRun), [10, 9, 7]],
  ['as far as manifests can be had', sealChain(smallRun).slice(1), [10, 9]],
])('walks back %s', async (_, chain, rounds) => {
  const walked: number[] = [];
  for await (const { manifest } of walkToBase(chain.at(-1)!, fetchFrom(chain))) walked.push(manifest.round);
  expect(walked).toEqual(rounds);
});

it('walks back to the checkpoint that the round starts from', async () => {
  const chain = sealChain(smallRun);
  const [first] = chain;
  const checkpoint = { step: 1, stateRoot: first!.manifest.stateRoot, manifest: first!.hash, index: null };
  const target = { ...chain.at(-1)!, manifest: { ...chain.at(-1)!.manifest, checkpoint } };
  const walked: number[] = [];
  for await (const { manifest } of walkToBase(target, fetchFrom(chain))) walked.push(manifest.round);
  expect(walked).toEqual([10, 9]);
});
