import { expect, it } from 'vitest';
import { mergedBefore } from '#network/validator/merged-before.ts';
import type { ValidatorDesk } from '#network/validator/validator-desk.ts';
import { initialState } from '#worker/run/replica.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { sealRound, testRun } from '../../support/round-fixtures.ts';

const blobs = createMemoryBlobs();
const start = await initialState(testRun);
const round = sealRound(blobs, start, 20);
const read = async (replica: ValidatorDesk['replica']) => {
  const desk = { ports: { blobs }, run: testRun, replica, signal: new AbortController().signal };
  const makers: string[] = [];
  for await (const { target } of mergedBefore(desk as unknown as ValidatorDesk)) {
    expect(target).toMatchObject({ round: 20, baseRoot: start.root });
    makers.push(target.maker);
  }
  return makers;
};

it('what the newest manifest merged is read from the own store, with what each update was for', async () => {
  expect(await read(round.state)).toEqual(round.manifest.entries.map(({ hotkey }) => hotkey));
  for (const { from } of blobs.asked) expect(from, 'nobody is asked').toEqual([]);
  expect(await read(start), 'before the first round').toEqual([]);
});

it('what the two manifests before it merged comes after that, and no more', async () => {
  const chain = [round];
  for (const number of [22, 23, 25]) chain.push(sealRound(blobs, chain.at(-1)!.state, number));
  const rounds: number[] = [];
  const desk = { ports: { blobs }, run: testRun, replica: chain[3]!.state, signal: new AbortController().signal };
  for await (const { target } of mergedBefore(desk as unknown as ValidatorDesk)) rounds.push(target.round);
  expect(rounds).toEqual([25, 25, 23, 23, 22, 22]);
});

it('what is not there any more is left out', async () => {
  blobs.remove(round.manifest.entries[0]!.blob);
  expect(await read(round.state)).toEqual([round.manifest.entries[1]!.hotkey]);
  blobs.remove(round.hash);
  expect(await read(round.state)).toEqual([]);
});
