import type { Hotkey, RunId } from '#protocol/ids.ts';
import { outerRuleAt } from '#protocol/outer-rule.ts';
import {
  askedWindows,
  assignedWindows,
  holdoutWindows,
  type TokenWindow,
  unassignedWindows,
} from '#protocol/round/assignment.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { relativeFall } from '#protocol/score/judge-gains.ts';
import { ownDataEvidence } from '#protocol/score/own-data.ts';
import type { OpenedUpdate } from '#protocol/update/update-blob.ts';
import { type Evaluator, meanLoss } from '#worker/engine/evaluator.ts';
import type { DataPages } from '#worker/run/data-pages.ts';
import type { Run } from '#worker/run/open-run.ts';
import type { ReplicaState } from '#worker/run/replica.ts';
import type { UpdateCodec } from '#worker/update/update-codec.ts';
import type { Evaluation } from '#protocol/score/observation.ts';

/** An update is judged by a fifth of its step, as the reference does: far along a direction says little about it. */
const TEST_STEP = 0.2;
/** Windows behind the run's published loss: always the same ones, so that rounds compare. */
const PROGRESS_BATCHES = 4;

export interface UpdateToJudge {
  readonly hotkey: Hotkey;
  readonly update: OpenedUpdate;
  /** Steps that the worker says it made: only their data is asked about. */
  readonly innerSteps: number;
}

export interface JudgeContext {
  readonly run: Run;
  readonly round: number;
  /** Hash of the round's first block: seeds the assigned windows. */
  readonly firstBlockHash: string;
  /** Hash of the round's seed block: seeds the random windows, unknown while updates could be announced. */
  readonly seedBlockHash: string;
  readonly state: ReplicaState;
  readonly evaluator: Evaluator;
  readonly updates: UpdateCodec;
  readonly pages: DataPages;
  /** Multiaddrs that may have pages which this validator lacks. */
  readonly sources: readonly string[];
  readonly signal: AbortSignal;
}

/** A text, and the losses of its windows before anything is merged. */
export interface MeasuredText {
  readonly tokens: Int32Array;
  readonly before: Float32Array;
}

/** What every update of a round is measured on. */
export interface RoundTexts {
  /** Held out: nobody has trained on it. */
  readonly unseen: MeasuredText;
  /** Of the pages that are trained on, assigned to nobody. */
  readonly unassigned: MeasuredText;
}

export async function roundTexts(context: JudgeContext): Promise<RoundTexts> {
  const { spec } = context.run;
  const key = drawnAtTheEnd(context);
  const { sequences } = spec.evaluation;
  return {
    unseen: await measured(context, holdoutWindows(spec, key, sequences)),
    unassigned: await measured(context, unassignedWindows(spec, key, sequences)),
  };
}

const drawnAtTheEnd = ({ run, round, seedBlockHash: blockHash }: JudgeContext) => ({
  run: run.id,
  round,
  blockHash,
});

async function measured(context: JudgeContext, windows: readonly TokenWindow[]): Promise<MeasuredText> {
  const { state, evaluator, signal } = context;
  const tokens = await tokensOf(context, windows);
  return { tokens, before: await evaluator.losses(state.parameters, tokens, { signal }) };
}

/** Measures one update on its assigned text and on the round's. */
export async function evaluateUpdate(
  context: JudgeContext,
  update: UpdateToJudge,
  { unseen, unassigned }: RoundTexts,
): Promise<Evaluation> {
  const windows = assignedSample(context, update);
  const assigned = await measured(context, whole(windows, context.run.spec));
  const moved = await testStep(context, update);
  const after = ({ tokens }: MeasuredText) => context.evaluator.losses(moved, tokens, { signal: context.signal });
  // Each window once: a repeated one would pass for more evidence than it is.
  const own = {
    before: assigned.before.subarray(0, windows.length),
    after: (await after(assigned)).subarray(0, windows.length),
  };
  return {
    ...{ assignedBefore: meanLoss(own.before), assignedAfter: meanLoss(own.after) },
    ...{ randomBefore: meanLoss(unseen.before), randomAfter: meanLoss(await after(unseen)) },
    ownData: ownDataEvidence(own, { before: unassigned.before, after: await after(unassigned) }),
  };
}

/** Share by which the loss on the round's unseen text falls with an update alone; −∞ for a loss that is not a number. */
export async function gainOnUnseen(
  context: JudgeContext,
  update: Pick<UpdateToJudge, 'hotkey' | 'update'>,
  unseen: MeasuredText,
): Promise<number> {
  const moved = await testStep(context, update);
  return relativeFall(
    meanLoss(unseen.before),
    await context.evaluator.loss(moved, unseen.tokens, { signal: context.signal }),
  );
}

/** The parameters a fifth of a step along one update alone: the momentum of rounds before is not this worker's merit. */
async function testStep(
  { run: { spec }, state: { step, parameters }, updates }: JudgeContext,
  { hotkey, update }: Pick<UpdateToJudge, 'hotkey' | 'update'>,
): Promise<readonly Float32Array[]> {
  const { learningRate, mean } = outerRuleAt(spec.outer, step);
  const rule = { learningRate: TEST_STEP * learningRate, mean, momentum: 0 };
  const moved = await updates.step(spec, rule, { parameters, momentum: [] }, [{ update, weight: 1, from: hotkey }]);
  return moved.parameters;
}

/** The run's loss on fixed held-out windows, nats per token. */
export async function progressLoss(
  context: Omit<JudgeContext, 'firstBlockHash' | 'seedBlockHash' | 'updates'>,
): Promise<number> {
  const { run, state, evaluator, signal } = context;
  const { sequences } = run.spec.evaluation;
  const windows = holdoutWindows(run.spec, progressKey(run.id), PROGRESS_BATCHES * sequences);
  let sum = 0;
  for (let batch = 0; batch < PROGRESS_BATCHES; batch += 1) {
    const tokens = await tokensOf(context, windows.slice(batch * sequences, (batch + 1) * sequences));
    sum += await evaluator.loss(state.parameters, tokens, { signal });
  }
  return sum / PROGRESS_BATCHES;
}

const progressKey = (run: RunId) => ({ run, round: 0, blockHash: run });

const tokensOf = (
  { pages, sources, signal }: Pick<JudgeContext, 'pages' | 'sources' | 'signal'>,
  windows: readonly TokenWindow[],
): Promise<Int32Array> => pages.tokens(windows, { from: sources, signal });

/** Spread over what the worker says it has trained on, never over more than it was assigned. */
function assignedSample(context: JudgeContext, { hotkey, innerSteps }: UpdateToJudge): readonly TokenWindow[] {
  const { spec, id: run } = context.run;
  const key = { run, round: context.round, blockHash: context.firstBlockHash, hotkey };
  const steps = Math.min(Math.max(1, innerSteps), spec.inner.steps);
  const trained = assignedWindows(spec, key).slice(0, steps * spec.inner.batchSize);
  return askedWindows(trained, drawnAtTheEnd(context), spec.evaluation.sequences);
}

/** As many as the evaluator takes: some again, where there are fewer. */
const whole = (windows: readonly TokenWindow[], { evaluation }: RunSpec): readonly TokenWindow[] =>
  Array.from({ length: evaluation.sequences }, (_, i) => windows[i % windows.length]).filter(
    (window) => window !== undefined,
  );
