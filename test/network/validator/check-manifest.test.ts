import { beforeEach, describe, expect, it } from 'vitest';
import { checkManifest } from '#network/validator/check-manifest.ts';
import type { RoundWork, ValidatorDesk } from '#network/validator/validator-desk.ts';
import { NO_COMMITMENT } from '#protocol/chain/commitment.ts';
import type { BlobHash, Uid } from '#protocol/ids.ts';
import { coldkeyOf, hotkeyOf, type KeyPair } from '#protocol/keys.ts';
import { leadBlock } from '#protocol/round/lead.ts';
import type { Evaluation } from '#protocol/score/observation.ts';
import { rao } from '#protocol/units.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { BlobSource } from '#worker/run/blob-source.ts';
import { type BlockClock, createBlockClock } from '#worker/run/block-clock.ts';
import { initialState } from '#worker/run/replica.ts';
import { type Member, validatorsOf } from '#worker/run/roster.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs, type MemoryBlobs } from '../../support/memory-blobs.ts';
import { type SealedRound, sealRound, testRun } from '../../support/round-fixtures.ts';
import { testKey } from '../../support/small-run.ts';

const ROUND = 4;
/** Two may lead, one after the other. */
const timing = { blocks: 11, trainBlocks: 7, leadBlocks: 1 };
const start = await initialState(testRun);
const [own, lead, second, third] = [testKey(7), testKey(9), testKey(8), testKey(6)];
const workers = [testKey(1), testKey(2)];
const good: Evaluation = { assignedBefore: 4, assignedAfter: 3, randomBefore: 4, randomAfter: 3.5, ownData: 0.5 };

let blobs: MemoryBlobs;
/** Replaces the blob source for one test. */
let getBlob: BlobSource['get'];
let makeBlock: (number: number) => void;
let clock: BlockClock;
beforeEach(() => {
  blobs = createMemoryBlobs();
  getBlob = (hash, request) => blobs.get(hash, request);
  clock = createBlockClock({
    onBlock: (listener) => {
      makeBlock = (number) => listener({ number, hash: '', timestampMs: 0 });
      return () => undefined;
    },
  });
  makeBlock(leadBlock(0, ROUND, timing));
});

interface Stand {
  readonly hash: BlobHash;
  readonly block: number;
}

const member = (key: KeyPair, stake: number, stand: Stand | null = null): Member => ({
  neuron: {
    ...{ uid: stake as Uid, hotkey: hotkeyOf(key), coldkey: coldkeyOf(key), stakeRao: rao(stake) },
    ...{ validatorPermit: stake > 0, registeredAtBlock: 0, emissionRao: rao(0), incentive: 0 },
  },
  commitment: { ...NO_COMMITMENT, manifest: stand && { round: ROUND, hash: stand.hash } },
  committedAtBlock: stand?.block ?? -1,
});

/** What an update weighs of a worker that is trusted, and of one in quarantine. */
const [FULL, QUARANTINED] = [1000, 500];

const sealed = (signer: KeyPair, weights: readonly [number, number] = [FULL, QUARANTINED]): SealedRound =>
  sealRound(blobs, start, ROUND, {}, signer, weights);

function check(
  { hash, manifest }: Pick<SealedRound, 'hash' | 'manifest'>,
  members: readonly Member[],
  evaluations: readonly Evaluation[] = [good, good],
  { came = 2, gainOf = null }: { readonly came?: number; readonly gainOf?: RoundWork['gainOf'] } = {},
) {
  const roster = { members, validators: validatorsOf(members), runSpec: null };
  const updates = manifest.entries.slice(0, came).map(({ hotkey, blob }) => ({ hotkey, blob }));
  const work = {
    ...{ round: ROUND, updates, copies: new Map(), known: new Map(), gainOf },
    ...{ ratings: [], seed: new Uint8Array(32), isOnTime: true },
    evaluations: new Map(updates.map(({ hotkey }, i) => [hotkey, evaluations[i]])),
  };
  const desk = {
    ...{
      ports: { clock, blobs: { get: getBlob }, updates: inlineCodec },
      run: { ...testRun, spec: { ...testRun.spec, round: timing } },
      replica: start,
      roster,
      own: hotkeyOf(own),
    },
    ...{ signal: new AbortController().signal, bases: [start.root] },
  };
  return checkManifest(desk as unknown as ValidatorDesk, work as unknown as RoundWork, hash);
}

const everyone = (...validators: readonly Member[]) => [...workers.map((key) => member(key, 0)), ...validators];
const atTurn = (rank: number, hash: BlobHash): Stand => ({ hash, block: leadBlock(rank, ROUND, timing) });

describe('the manifest of another validator', () => {
  it('is fair when it follows, in its turn, from updates that help', async () => {
    const round = sealed(lead);
    const members = everyone(member(own, 10), member(lead, 90, atTurn(0, round.hash)));
    expect(await check(round, members)).toEqual({ kind: 'fair' });
  });

  it.each([NaN, Infinity, 5])('is unfair when it merges an update that makes the loss %s', async (randomAfter) => {
    const round = sealed(lead);
    const members = everyone(member(own, 10), member(lead, 90, atTurn(0, round.hash)));
    const verdict = await check(round, members, [good, { ...good, randomAfter }]);
    expect(verdict).toMatchObject({ kind: 'unfair', why: expect.stringContaining('does harm') as string });
  });

  it.each([
    [FULL + 1, /more weight than there is/],
    [QUARANTINED - 1, /hardly any weight/],
  ])('is unfair when an update that is good weighs %i', async (weight, why) => {
    const round = sealed(lead, [FULL, weight]);
    const members = everyone(member(own, 10), member(lead, 90, atTurn(0, round.hash)));
    expect(await check(round, members)).toMatchObject({ kind: 'unfair', why: expect.stringMatching(why) as string });
  });

  it('is unfair when an update that it merges and that came to nobody else does harm', async () => {
    const round = sealed(lead);
    const members = everyone(member(own, 10), member(lead, 90, atTurn(0, round.hash)));
    const measured: string[] = [];
    const gaining = (gain: number) => (hotkey: string) => Promise.resolve((measured.push(hotkey), gain));
    const verdict = await check(round, members, [good], { came: 1, gainOf: gaining(-1) });
    expect(verdict).toMatchObject({ kind: 'unfair', why: expect.stringContaining('did not come here') as string });
    expect(await check(round, members, [good], { came: 1, gainOf: gaining(0.1) })).toEqual({ kind: 'fair' });
    expect(measured, 'each once').toEqual([hotkeyOf(workers[1]!), hotkeyOf(workers[1]!)]);
  });

  it('is unfair, and not false, when it is of another round', async () => {
    const round = sealRound(blobs, start, ROUND - 1, {}, lead, [FULL, FULL]);
    const members = everyone(member(own, 10), member(lead, 90, atTurn(0, round.hash)));
    expect(await check(round, members)).toMatchObject({ kind: 'unfair' });
  });

  it('is to be looked at again before the turn of its signer, whoever stands behind it, and fair from then on', async () => {
    const round = sealed(second);
    // As after a fork, which may include a word of this very turn anew in an earlier block.
    const early = atTurn(0, round.hash);
    const members = everyone(member(lead, 50), member(second, 30, early), member(third, 20, early));
    const turn = leadBlock(1, ROUND, timing);
    expect(await check(round, members)).toEqual({ kind: 'unavailable', why: `its turn begins at block ${turn}` });
    makeBlock(turn);
    expect(await check(round, members)).toEqual({ kind: 'fair' });
  });

  it('of a signer that is no validator is unfair', async () => {
    const round = sealed(second);
    const members = everyone(member(lead, 50), member(third, 20, atTurn(1, round.hash)));
    expect(await check(round, members)).toMatchObject({ kind: 'unfair', why: `${hotkeyOf(second)} is no validator` });
  });

  it.each([
    ['it', 0],
    ['an update that it merges', 1],
  ])('cannot be had when %s has not arrived after the turn of a lead', async (_, given) => {
    const round = sealed(lead);
    let asked = 0;
    getBlob = (hash, request) => {
      if (asked++ < given) return blobs.get(hash, request);
      return new Promise((_resolve, reject) => {
        const stop = (): void => reject(new MillraceError('ABORTED', `Blob ${hash}: stopped`));
        request.signal.addEventListener('abort', stop, { once: true });
      });
    };
    const checking = check(round, everyone(member(own, 10), member(lead, 90, atTurn(0, round.hash))));
    makeBlock(leadBlock(0, ROUND, timing) + timing.leadBlocks);
    expect(await checking).toMatchObject({ kind: 'unavailable' });
  });
});
