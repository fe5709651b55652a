import { describe, expect, it } from 'vitest';
import { hotkeyOf } from '#protocol/keys.ts';
import { outerStep } from '#protocol/outer-step.ts';
import {
  askedWindows,
  assignedWindows,
  holdoutWindows,
  type TokenWindow,
  unassignedWindows,
} from '#protocol/round/assignment.ts';
import { decodeUpdateBlob } from '#protocol/update/update-blob.ts';
import { evaluateUpdate, roundTexts, type JudgeContext, progressLoss } from '#network/validator/evaluate.ts';
import type { Parameters as ModelParameters } from '#worker/engine/parameters.ts';
import type { Evaluator } from '#worker/engine/evaluator.ts';
import { createDataPages } from '#worker/run/data-pages.ts';
import { initialState } from '#worker/run/replica.ts';
import { inlineCodec } from '../../support/inline-codec.ts';
import { createMemoryBlobs } from '../../support/memory-blobs.ts';
import { testRun, updateBlob } from '../../support/round-fixtures.ts';
import { pageBytes, smallRun, testKey } from '../../support/small-run.ts';

const hotkey = hotkeyOf(testKey(1));
const [firstBlockHash, seedBlockHash] = ['11'.repeat(32), '22'.repeat(32)];
const state = await initialState(testRun);
const key = { run: testRun.id, round: 6 };
const tokensOf = (windows: readonly TokenWindow[]) =>
  windows.flatMap(({ page, offset }) => [...pageBytes(page).subarray(offset, offset + 9)]);

/** An evaluator that gives 1, 2, 3, … (for two windows: a half less and a half more) and keeps what it was asked. */
function setUp(losses = (n: number) => n) {
  const blobs = createMemoryBlobs();
  for (const page of smallRun.data.pages.keys()) blobs.put(pageBytes(page));
  const seen: { parameters: ModelParameters; tokens: number[] }[] = [];
  const next = (...[parameters, tokens, options]: Parameters<Evaluator['loss']>): Promise<number> => {
    options?.signal?.throwIfAborted();
    seen.push({ parameters, tokens: [...tokens].map(Number) });
    return Promise.resolve(losses(seen.length));
  };
  const evaluator: Pick<Evaluator, 'loss' | 'losses'> = {
    loss: next,
    losses: async (...asked) => {
      const loss = await next(...asked);
      return Float32Array.of(loss - 0.5, loss + 0.5);
    },
  };
  const stopping = new AbortController();
  const context: JudgeContext = {
    ...{ run: testRun, round: 6, firstBlockHash, seedBlockHash, state, signal: stopping.signal },
    ...{
      updates: inlineCodec,
      evaluator: evaluator as Evaluator,
      pages: createDataPages(smallRun, blobs),
      sources: ['/m/1'],
    },
  };
  return { context, seen, stopping, blobs };
}

const target = { run: testRun.id, round: 6, shard: 0, baseRoot: state.root, maker: hotkey };
const blob = updateBlob(6, state.root, 1);
const update = await inlineCodec.check(smallRun, target, blob);
const fifth = { learningRate: 0.2, mean: smallRun.outer.mean, momentum: 0 };
const tensors = decodeUpdateBlob(smallRun, target, blob);
const { parameters: moved } = outerStep(fifth, { ...state, momentum: [] }, [{ tensors, weight: 1 }]);

const textOf = (token: number) => ({ tokens: Int32Array.of(token), before: Float32Array.of(3, 3) });
const texts = { unseen: textOf(7), unassigned: textOf(8) };

describe('judging an update', () => {
  const assigned = assignedWindows(smallRun, { ...key, blockHash: firstBlockHash, hotkey });
  const random = holdoutWindows(smallRun, { ...key, blockHash: seedBlockHash }, 2);
  const others = unassignedWindows(smallRun, { ...key, blockHash: seedBlockHash }, 2);
  /** Two of so many that were trained on. */
  const asked = (trained: number) => askedWindows(assigned.slice(0, trained), { ...key, blockHash: seedBlockHash }, 2);

  it('measures all three texts before and after a fifth of its step', async () => {
    const { context, seen, blobs } = setUp((n) => [3, 3.3, 3, 2.4, 2.9, 3.2][n - 1]!);
    const texts = await roundTexts(context);
    const evaluation = await evaluateUpdate(context, { hotkey, update, innerSteps: 3 }, texts);
    const [held, other, own] = [tokensOf(random), tokensOf(others), tokensOf(asked(6))];
    expect(seen).toEqual([
      { parameters: state.parameters, tokens: held },
      { parameters: state.parameters, tokens: other },
      { parameters: state.parameters, tokens: own },
      { parameters: moved, tokens: own },
      { parameters: moved, tokens: held },
      { parameters: moved, tokens: other },
    ]);
    expect(evaluation).toMatchObject({ assignedBefore: 3, randomBefore: 3 });
    expect(evaluation.assignedAfter).toBeCloseTo(2.4);
    expect(evaluation.randomAfter).toBeCloseTo(2.9);
    expect(evaluation.ownData, 'its text gained 20 %, the other one 3 %').toBe(1);
    expect(blobs.asked.every(({ from }) => from.join() === '/m/1')).toBe(true);
    expect(
      others.every(({ page }) => page < 4),
      'of the pages that are trained on',
    ).toBe(true);
  });

  it('takes the rate of its step, and leaves out the momentum of rounds before', async () => {
    const { context, seen } = setUp();
    const learningRates = [
      { fromStep: 0, rate: 4 },
      { fromStep: 5, rate: 1 },
    ];
    const spec = { ...smallRun, outer: { ...smallRun.outer, learningRates, momentum: 0.9 } };
    const momentum = state.parameters.map(({ length }) => new Float32Array(length).fill(7));
    const moving = { ...context, run: { ...testRun, spec }, state: { ...state, step: 5, momentum } };
    await evaluateUpdate(moving, { hotkey, update, innerSteps: 1 }, texts);
    expect(seen[1]!.parameters).toEqual(moved);
  });

  it.each([
    // two windows a step; two of those trained on are tried
    ['the first step', 1, 2],
    ['two steps', 2, 4],
    ['all steps', 3, 6],
    ['all steps, though it says more', 4_000_000_000, 6],
    ['the first step, though it says none', 0, 2],
  ])('asks about the data of %s', async (_, innerSteps, trained) => {
    const { context, seen } = setUp();
    await evaluateUpdate(context, { hotkey, update, innerSteps }, texts);
    expect(seen[0]!.tokens).toEqual(tokensOf(asked(trained)));
  });

  it('counts each window of a worker that made few steps once, though the evaluator takes more', async () => {
    const { context, seen } = setUp();
    const losses: Evaluator['losses'] = (parameters, tokens) => {
      seen.push({ parameters, tokens: [...tokens].map(Number) });
      // A window that gains 1 %, one that gains 3 %, and both again; the others nothing to 2 %.
      const after = tokens.length === 4 * 9 ? [2.97, 2.91, 2.97, 2.91] : [3, 2.94, 2.97, 2.97];
      return Promise.resolve(parameters === state.parameters ? new Float32Array(4).fill(3) : Float32Array.from(after));
    };
    const spec = { ...smallRun, evaluation: { ...smallRun.evaluation, sequences: 4 } };
    const few = { ...context, run: { ...testRun, spec }, evaluator: { ...context.evaluator, losses } };
    const other = { tokens: Int32Array.of(7), before: new Float32Array(4).fill(3) };
    const { ownData } = await evaluateUpdate(
      few,
      { hotkey, update, innerSteps: 1 },
      { unseen: other, unassigned: other },
    );
    expect(seen[0]!.tokens).toEqual(tokensOf([...assigned.slice(0, 2), ...assigned.slice(0, 2)]));
    expect(ownData).toBeCloseTo(0.5 * (0.01 / Math.sqrt((0.0004 / 4) * (1 / 2 + 1 / 4))), 3);
  });

  it("asks about that worker's data, not another's", async () => {
    const { context, seen } = setUp();
    const other = hotkeyOf(testKey(2));
    await evaluateUpdate(context, { hotkey: other, update, innerSteps: 1 }, texts);
    const theirs = assignedWindows(smallRun, { ...key, blockHash: firstBlockHash, hotkey: other });
    expect(seen[0]!.tokens).toEqual(tokensOf(theirs.slice(0, 2)));
    expect(seen[2]!.tokens, 'unseen text is the same for all').toEqual([...texts.unseen.tokens]);
  });

  it('stops when it is told to', async () => {
    const { context, stopping, seen } = setUp();
    stopping.abort();
    await expect(evaluateUpdate(context, { hotkey, update, innerSteps: 1 }, texts)).rejects.toThrow();
    expect(seen).toEqual([]);
  });
});

describe("the run's loss", () => {
  it('is the mean over four batches of held-out text', async () => {
    const { context, seen } = setUp((n) => [1, 2, 3, 10][n - 1]!);
    expect(await progressLoss(context)).toBe(4);
    const windows = holdoutWindows(smallRun, { run: testRun.id, round: 0, blockHash: testRun.id }, 8);
    expect(seen).toEqual(
      [0, 2, 4, 6].map((at) => ({ parameters: state.parameters, tokens: tokensOf(windows.slice(at, at + 2)) })),
    );
    expect(windows.every(({ page }) => page >= 4)).toBe(true);
  });

  it('is measured on the same text in every round and state', async () => {
    const [one, other] = [setUp(), setUp()];
    await progressLoss(one.context);
    await progressLoss({ ...other.context, round: 7, state: { ...state, parameters: moved } });
    expect(other.seen).toEqual(one.seen.map(({ tokens }) => ({ parameters: moved, tokens })));
  });
});
