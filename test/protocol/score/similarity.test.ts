import { describe, expect, it } from 'vitest';
import type { Hotkey, StateRoot } from '#protocol/ids.ts';
import { type RandomStream, randomStream } from '#protocol/random.ts';
import { overlapsOf } from '#protocol/score/overlaps.ts';
import { findNearDuplicates, fingerprintUpdate, type Fingerprint } from '#protocol/score/similarity.ts';
import { compressUpdate } from '#protocol/update/compress.ts';
import { tensorSizes } from '#protocol/update/parts.ts';
import { decodeUpdateBlob, encodeUpdateBlob, openUpdateBlob } from '#protocol/update/update-blob.ts';
import { tokensPerStep } from '#protocol/update/update-header.ts';
import { honestRun, honestTarget, honestUpdates } from '../../support/honest-updates.ts';
import { testRoot } from '../../support/small-run.ts';

const PEERS = 8;
const ROUNDS = 3;
const rounds = await honestUpdates(PEERS, ROUNDS);
const [firstSteps = []] = await honestUpdates(3, 1, 1);

const fingerprint = (round: number, name: string, blob: Uint8Array, seed = 1): Fingerprint =>
  fingerprintUpdate(
    honestRun,
    {
      ...{ hotkey: name as Hotkey, baseRoot: testRoot },
      update: openUpdateBlob(honestRun, honestTarget(round), blob),
    },
    Uint8Array.of(seed),
  );
const honest = (round: number, seed = 1) =>
  rounds[round]!.map((blob, peer) => fingerprint(round, `honest ${peer}`, blob, seed));

const noRest = (): Promise<void> => Promise.resolve();
const nearDuplicates = (prints: readonly Fingerprint[]) => findNearDuplicates(prints, noRest);

type Forgery = (dense: Float32Array, random: RandomStream) => void;

/** Another's update, changed: dense, then compressed again, as a copier would. */
function forge(round: number, blob: Uint8Array, change: Forgery, steps = honestRun.inner.steps): Uint8Array {
  const random = randomStream(Uint8Array.of(round, 9));
  const tensors = decodeUpdateBlob(honestRun, honestTarget(round), blob);
  const dense = tensorSizes(honestRun).map((size, tensor) => {
    const values = new Float32Array(size);
    for (const [at, index] of tensors[tensor]!.indices.entries()) values[index] = tensors[tensor]!.values[at]!;
    change(values, random);
    return values;
  });
  const errors = dense.map(({ length }) => new Float32Array(length));
  const header = { ...honestTarget(round), tokens: steps * tokensPerStep(honestRun) };
  return encodeUpdateBlob(header, compressUpdate(honestRun.update, dense, errors));
}

const exact: Forgery = () => undefined;
const scaled: Forgery = (values) => {
  for (const i of values.keys()) values[i]! *= 3;
};
const noisy: Forgery = (values, random) => {
  for (const i of values.keys()) values[i]! *= 0.5 + random.nextUint32() / 2 ** 32;
};
/** Moves this share of the values to places of the same chunk that had none. */
const replaced =
  (percent: number): Forgery =>
  (values, random) => {
    const { chunkSize } = honestRun.update;
    for (const [i, value] of values.slice().entries()) {
      if (value === 0 || random.nextBelow(100) >= percent) continue;
      const start = i - (i % chunkSize);
      const size = Math.min(chunkSize, values.length - start);
      const free = Array.from({ length: size }, (_, at) => start + at).filter((at) => values[at] === 0);
      values[i] = 0;
      values[free[random.nextBelow(free.length)] ?? i] = value;
    }
  };

const everyRound = Array.from({ length: ROUNDS }, (_, round) => round);

describe('near duplicates', () => {
  it.each(everyRound)(
    'are not found among honest workers in round %i, whichever chunks are compared',
    async (round) => {
      for (const seed of [1, 2, 3]) expect(await nearDuplicates(honest(round, seed))).toEqual(new Map());
      expect(await nearDuplicates(honest(round).slice(0, 2)), 'nor among two').toEqual(new Map());
    },
  );

  it.each(
    everyRound.flatMap((round) => [
      { round, what: 'an exact copy', change: exact },
      { round, what: 'a scaled copy', change: scaled },
      { round, what: 'a copy with noise on its levels', change: noisy },
      { round, what: 'a copy with 30 % of its indices replaced', change: replaced(30) },
    ]),
  )('are found in round $round: $what, whose original keeps the credit', async ({ round, change }) => {
    const copy = fingerprint(round, 'copier', forge(round, rounds[round]![2]!, change));
    const all = honest(round);
    expect(await nearDuplicates([...all, copy])).toEqual(new Map([['copier', 'honest 2']]));
    const fewest = await nearDuplicates([all[2]!, copy]);
    expect(fewest, 'also when nobody else is there').toEqual(new Map([['copier', 'honest 2']]));
    expect(await nearDuplicates([copy, ...all]), 'by who announced first').toEqual(new Map([['honest 2', 'copier']]));
  });

  it('of copies lead to the first publisher, however many there are', async () => {
    const copies = [0, 1, 2, 3, 4].map((n) => {
      return fingerprint(0, `copier ${n}`, forge(0, rounds[0]![0]!, n === 0 ? exact : noisy));
    });
    const found = await nearDuplicates([...honest(0), ...copies]);
    expect(found).toEqual(new Map(copies.map(({ hotkey }) => [hotkey, 'honest 0'])));
  });

  it('are not found among the first inner steps of honest workers, which are alike, but among copies of these', async () => {
    const prints = firstSteps.map((blob, peer) => fingerprint(0, `honest ${peer}`, blob));
    const alike = (await overlapsOf(prints, noRest))[0]![1]!;
    expect(alike, 'more than of any others').toBeGreaterThan(0.55);
    expect(await nearDuplicates(prints)).toEqual(new Map());
    const copy = fingerprint(0, 'copier', forge(0, firstSteps[0]!, replaced(5), 1));
    expect(await nearDuplicates([...prints, copy])).toEqual(new Map([['copier', 'honest 0']]));
  });

  it.each([
    ['are not where two say that they are of one inner step and share three quarters', true, true, 25, 0],
    ['are where only the later one says so', false, true, 25, 1],
    ['are where two of one step share nearly all', true, true, 5, 1],
  ])('%s', async (_, isFirst, isLater, differing, copies) => {
    const marks = Array.from({ length: 100 }, (__, at) => 8 * at);
    const common = { baseRoot: testRoot };
    const prints = [
      { ...common, hotkey: 'a' as Hotkey, isOneStep: isFirst, marks: Uint32Array.from(marks) },
      {
        ...{ ...common, hotkey: 'b' as Hotkey, isOneStep: isLater },
        marks: Uint32Array.from(marks, (mark, at) => (at < differing ? mark + 2 : mark)),
      },
    ];
    expect((await nearDuplicates(prints)).size).toBe(copies);
  });

  it('are not found among honest workers when a crowd sends nonsense', async () => {
    const nonsense: Forgery = (values, random) => {
      for (const i of values.keys()) values[i] = (random.nextUint32() / 2 ** 32 - 0.5) / 100;
    };
    const crowd = Array.from({ length: 9 }, (_, n) => {
      const seed = randomStream(Uint8Array.of(n));
      return fingerprint(
        0,
        `nonsense ${n}`,
        forge(0, rounds[0]![0]!, (values) => nonsense(values, seed)),
      );
    });
    expect(await nearDuplicates([...crowd, ...honest(0)])).toEqual(new Map());
  });

  it('are measured by index and sign, not by value', async () => {
    const [one, other] = [honest(0)[0]!, honest(0)[1]!];
    const turned = fingerprint(
      0,
      'turned',
      forge(0, rounds[0]![0]!, (values) => values.forEach((v, i) => (values[i] = -v))),
    );
    const rows = await overlapsOf([one, other, one, turned, { marks: new Uint32Array() }], noRest);
    expect(rows[0]![2]).toBe(1);
    expect(rows[0]![1]).toBeGreaterThan(0);
    expect([...rows[0]!.slice(3)]).toEqual([0, 0]);
    for (const [a, row] of rows.entries()) expect([...row]).toEqual(rows.map((of) => of[a]));
  });

  it('let others have their turn after each update', async () => {
    let rests = 0;
    const rest = (): Promise<void> => Promise.resolve(void (rests += 1));
    await findNearDuplicates(honest(0), rest);
    expect(rests).toBeGreaterThanOrEqual(2 * PEERS);
  });

  it.each(Array.from({ length: 20 }, (_, seed) => seed))(
    'are those that comparing each pair with all the others finds, in any crowd (seed %i)',
    async (seed) => {
      const prints = randomCrowd(seed);
      expect(await nearDuplicates(prints)).toEqual(foundBySearching(prints));
    },
  );
});

const BASES = ['aa', 'bb'].map((byte) => byte.repeat(32) as StateRoot);

/** Some tens of updates, of one base state or of two, that take more or less of their marks from the same few. */
function randomCrowd(seed: number): readonly Fingerprint[] {
  const random = randomStream(Uint8Array.of(seed, 7));
  return Array.from({ length: 2 + random.nextBelow(40) }, (_, peer) => {
    const alike = 40 + random.nextBelow(61);
    const marks = Array.from({ length: 100 }, (_, at) =>
      random.nextBelow(100) < alike ? 8 * at : 8 * at + random.nextBelow(8),
    );
    const baseRoot = BASES[seed % 2 === 0 ? 0 : random.nextBelow(2)]!;
    const isOneStep = random.nextBelow(3) === 0;
    return { hotkey: `peer ${peer}` as Hotkey, baseRoot, isOneStep, marks: Uint32Array.from(marks) };
  });
}

/** What findNearDuplicates means, one pair after the other. */
function foundBySearching(prints: readonly Fingerprint[]): ReadonlyMap<Hotkey, Hotkey> {
  const sets = prints.map(({ marks }) => new Set(marks));
  const common = sets.map((a) => sets.map((b) => [...a].filter((mark) => b.has(mark)).length / 100));
  const shares = (a: Fingerprint, b: Fingerprint) => common[prints.indexOf(a)]![prints.indexOf(b)]!;
  const found = new Map<Hotkey, Hotkey>();
  for (const [index, later] of prints.entries()) {
    const original = prints.slice(0, index).find((earlier) => {
      const peers = prints.filter((one) => one !== earlier && one !== later && one.baseRoot === earlier.baseRoot);
      const others = peers.map((one) => shares(earlier, one));
      const quartile = others.sort((a, b) => a - b)[Math.floor(others.length / 4)]!;
      const honest = earlier.isOneStep && later.isOneStep ? 0.8 : 0.3;
      return shares(earlier, later) >= (1 + Math.max(honest, others.length < 4 ? 0 : quartile)) / 2;
    });
    if (original !== undefined) found.set(later.hotkey, found.get(original.hotkey) ?? original.hotkey);
  }
  return found;
}
