import { describe, expect, it } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { type PendingRound, settleRound, type Verdict, verdictOn } from '#worker/round/pending-round.ts';
import { testKey, testRoot, testRunId } from '../../support/small-run.ts';

const [own, other, signer] = [hotkeyOf(testKey(1)), hotkeyOf(testKey(2)), hotkeyOf(testKey(9))];
const [blob, otherBlob] = [blobHash(Uint8Array.of(1)), blobHash(Uint8Array.of(2))];
const measured = { round: 7, loss: 3.5, tokensPerSecond: 1200, innerSteps: 28, updateBytes: 4242 };
const made = { gradientNorm: 0.5, overheadMs: 300, baseRoot: testRoot, blob, parts: [] };
const pending: PendingRound = { ...measured, ...made, refusal: null };
const report = { ...measured, roundBlocks: 24 };

const manifest: Manifest = {
  ...{ run: testRunId, round: 7, step: 3, previous: blob, baseRoot: testRoot, stateRoot: testRoot, evalLoss: 3.25 },
  entries: [],
  left: [],
  results: [],
  checkpoint: { step: 0, stateRoot: testRoot, manifest: null, index: null },
};
const scored = { hotkey: own, score: 61.5, reputation: 30, reason: 'good' };
const scoredOther = { hotkey: other, score: 99, reputation: 90, reason: 'best' };
/** A lead's words are shown as its own. */
const SAID = `Validator ${signer.slice(0, 8)}…: good`;
const verdict = { stateRoot: testRoot, evalLoss: 3.25 };
const noVerdict = { stateRoot: null, evalLoss: null };
const SKIPPED = 'Skipped: the validators settled on no manifest in time.';
const NO_MANIFEST = `${SKIPPED} What this update holds goes into the next one`;
const NOT_SCORED = 'The validator did not score this update';

describe('the verdict on a round', () => {
  it.each([
    [
      'is score and reason of the own update, merged',
      {
        entries: [
          { hotkey: other, blob: otherBlob, baseRoot: testRoot, weight: 1 },
          { hotkey: own, blob, baseRoot: testRoot, weight: 1 },
        ],
        results: [scoredOther, scored],
      },
      null,
      { ...verdict, score: 61.5, reputation: 30, scoreReason: SAID },
      true,
    ],
    [
      'may be a score without a merge',
      { results: [scored] },
      null,
      { ...verdict, score: 61.5, reputation: 30, scoreReason: SAID },
      false,
    ],
    [
      'counts no merge of another blob of the same hotkey',
      { entries: [{ hotkey: own, blob: otherBlob, baseRoot: testRoot, weight: 1 }], results: [scored] },
      null,
      { ...verdict, score: 61.5, reputation: 30, scoreReason: SAID },
      false,
    ],
    [
      "counts no merge of the own blob under another's name",
      { entries: [{ hotkey: other, blob, baseRoot: testRoot, weight: 1 }], results: [scoredOther] },
      null,
      { ...verdict, score: null, reputation: null, scoreReason: NOT_SCORED },
      false,
    ],
    [
      'keeps a score of zero',
      { results: [{ ...scored, score: 0 }] },
      null,
      { ...verdict, score: 0, reputation: 30, scoreReason: SAID },
      false,
    ],
    [
      'tells why nobody took the update',
      {},
      'too late',
      { ...verdict, score: null, reputation: null, scoreReason: 'too late' },
      false,
    ],
    [
      'prefers the reason of the score',
      { results: [scored] },
      'x',
      { ...verdict, score: 61.5, reputation: 30, scoreReason: SAID },
      false,
    ],
    [
      'says when there is no manifest',
      null,
      null,
      { ...noVerdict, score: null, reputation: null, scoreReason: NO_MANIFEST },
      false,
    ],
    [
      'prefers the refusal to that',
      null,
      'too late',
      { ...noVerdict, score: null, reputation: null, scoreReason: 'too late' },
      false,
    ],
  ])('%s', (_, change, refusal, expected, merged) => {
    const verdict: Verdict =
      change === null ? { kind: 'none' } : { kind: 'manifest', signer, manifest: { ...manifest, ...change } };
    const result = settleRound({ ...pending, refusal }, verdict, own, 24);
    expect(result).toEqual({ report: { ...report, ...expected }, merged });
  });

  it('says that an update is lost with its round when its blob is gone', () => {
    const { report: told } = settleRound({ ...pending, parts: null }, { kind: 'none' }, own, 24);
    expect(told.scoreReason).toBe(`${SKIPPED} This update is lost`);
  });

  it('counts an update as merged when nobody can tell: what goes back must not be in the state too', () => {
    const { report: told, merged } = settleRound(pending, { kind: 'unknown', why: 'gone' }, own, 24);
    expect(merged).toBe(true);
    expect(told).toMatchObject({
      ...noVerdict,
      score: null,
      scoreReason: expect.stringContaining('found out') as string,
    });
  });
});

describe('what became of a round', () => {
  const link = (round: number, previous = blob as Manifest['previous']) => {
    return { hash: otherBlob, signer, manifest: { ...manifest, round, previous } };
  };

  it.each([
    ['its manifest, wherever it is', [link(5), link(7), link(8)], 'manifest'],
    ['none, when those before and after it follow each other', [link(5), link(8)], 'none'],
    ['none, when the first of all came later', [link(8, null), link(9)], 'none'],
    ['not known, when the manifests end after it', [link(8), link(9)], 'unknown'],
  ])('is %s', (_, manifests, kind) => {
    expect(verdictOn(7, manifests)).toMatchObject(kind === 'manifest' ? { kind, manifest: { round: 7 } } : { kind });
  });
});
