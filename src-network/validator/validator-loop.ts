import { assertNever } from '#protocol/assert-never.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { deadlineBlock, roundOf } from '#protocol/round/clock.ts';
import {
  type ValidatorEffect,
  type ValidatorEvent,
  type ValidatorRound,
  validatorRound,
} from '#protocol/round/validator-round.ts';
import { keepTimelyVotes } from '#worker/run/keep-timely-votes.ts';
import type { Run } from '#worker/run/open-run.ts';
import { readRoster, votesOf, withNewVotes } from '#worker/run/roster.ts';
import { checkManifest } from './check-manifest.ts';
import { withWords } from './first-words.ts';
import { adoptManifest, followRun } from './follow-run.ts';
import { judgeRound, openRound } from './judge-round.ts';
import { makeManifest, standBehind } from './propose-manifest.ts';
import { roundView } from './round-view.ts';
import { setWeights } from './set-weights.ts';
import { manifestChecked, roundJudged, roundOpened } from './round-news.ts';
import { revealOverBlocks } from './weights/reveal-over-blocks.ts';
import { openDesk, type RoundWork, type ValidatorDesk, type ValidatorPorts } from './validator-desk.ts';

/** Gathers, judges and settles round after round until `signal` aborts: does what the machine of validator-round.ts says. */
export async function runValidator(
  ports: ValidatorPorts,
  run: Run,
  runSpec: BlobHash | null,
  signal: AbortSignal,
): Promise<void> {
  const ended = new AbortController();
  const desk = await openDesk(ports, run, runSpec, AbortSignal.any([signal, ended.signal]));
  const revealing = revealOverBlocks(ports, desk.weightSetter, desk.signal);
  let state: ValidatorRound = { kind: 'resting', lastRound: -1 };
  let nextBlock = 0;
  try {
    for (;;) {
      try {
        const { number: block } = await ports.clock.waitFor(nextBlock, signal);
        // While it is decided what a round ends in, only what the validators say can change it.
        const read = await (state.kind === 'deciding'
          ? withNewVotes(desk.roster, ports.chain, ports.netuid, signal)
          : readRoster(ports.chain, ports.netuid, signal));
        desk.roster = keepTimelyVotes(desk.roster, read, run.spec.round);
        const view = viewAt(desk, state, block);
        const before = state;
        state = await advance(desk, state, { kind: 'block', view });
        nextBlock = hasMoved(before, state) ? block : blockAfter(state, block, run);
      } catch (error) {
        if (isFatal(error, signal)) throw error;
        ports.log('warning', errorMessage(error));
        nextBlock = (ports.clock.current()?.number ?? 0) + 1;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error; // else the only way out; every wait above ends when it fires
  } finally {
    ports.openGate(null);
    ended.abort();
    await Promise.all([revealing, desk.weighing]);
  }
}

const isFatal = (error: unknown, signal: AbortSignal): boolean =>
  signal.aborted || errorCode(error) === 'DIVERGED' || errorCode(error) === 'ENGINE';

/** What the machine has done may have changed what the chain says: then it looks again at once. */
const hasMoved = (before: ValidatorRound, after: ValidatorRound): boolean =>
  after.kind === 'deciding' &&
  (before.kind !== 'deciding' ||
    after.stands?.isOnChain !== before.stands?.isOnChain ||
    after.fair.length > before.fair.length ||
    after.refused.length > before.refused.length);

/** While updates come in there is nothing to look at. */
const blockAfter = (state: ValidatorRound, block: number, run: Run): number =>
  state.kind === 'gathering' ? deadlineBlock(state.round, run.spec.round) : block + 1;

const viewAt = (desk: ValidatorDesk, state: ValidatorRound, block: number) => {
  const timing = desk.run.spec.round;
  const round = state.kind === 'resting' ? roundOf(block, timing) : state.round;
  desk.words = withWords(desk.words, round, votesOf(desk.roster));
  return roundView(desk.roster, desk.own, round, { block, timing, refused: desk.falseManifests, words: desk.words });
};

/** One event, and everything that comes of it. */
async function advance(desk: ValidatorDesk, from: ValidatorRound, first: ValidatorEvent): Promise<ValidatorRound> {
  const { ports, run, signal } = desk;
  const context = () => ({ block: ports.clock.current()?.number ?? 0, timing: run.spec.round });
  let { state, effects } = validatorRound(from, first, context());
  const waiting = [...effects];
  for (let effect = waiting.shift(); effect !== undefined; effect = waiting.shift()) {
    let answer: ValidatorEvent | null;
    try {
      answer = await perform(desk, effect);
    } catch (error) {
      if (isFatal(error, signal)) throw error;
      ports.log('warning', errorMessage(error));
      answer = { kind: 'failed' };
    }
    if (answer === null) continue;
    ({ state, effects } = validatorRound(state, answer, context()));
    waiting.unshift(...effects);
  }
  return state;
}

async function perform(desk: ValidatorDesk, effect: ValidatorEffect): Promise<ValidatorEvent | null> {
  const { ports, signal } = desk;
  switch (effect.kind) {
    case 'open':
      await followRun(desk);
      desk.work = openRound(desk, effect.round);
      ports.tell(roundOpened(desk, effect.round));
      return { kind: 'opened' };
    case 'close':
      desk.work?.gather.close();
      ports.openGate(null);
      return null;
    case 'judge':
      return judge(desk, workOf(desk));
    case 'check':
      return check(desk, workOf(desk), effect.hash, effect.again);
    case 'propose':
      return propose(desk, workOf(desk));
    case 'endorse':
      await standBehind(desk, effect.round, effect.hash);
      ports.tell({ kind: 'vote', round: effect.round, hash: effect.hash });
      return { kind: 'stood', hash: effect.hash };
    case 'adopt':
      await adoptManifest(desk, effect.round, effect.hash);
      return { kind: 'adopted' };
    case 'give-up':
      ports.log('warning', `Round ${effect.round} ended without a manifest: its updates are dropped`);
      ports.tell({ kind: 'round-dropped', round: effect.round });
      await ports.onStep(desk.replica); // what was fetched for it must not stay for ever
      return null;
    case 'set-weights':
      // Not awaited: it lasts for blocks, in which the next round has to be opened. The setter does one after the other.
      desk.weighing = setWeights(desk, workOf(desk)).catch((error: unknown) => {
        if (!signal.aborted) ports.log('warning', errorMessage(error));
      });
      return null;
    default:
      return assertNever(effect, 'effect of a validator');
  }
}

async function judge(desk: ValidatorDesk, work: RoundWork): Promise<ValidatorEvent> {
  const { nowMs, tell } = desk.ports;
  const startedMs = nowMs();
  const canPropose = await judgeRound(desk, work);
  tell(roundJudged(work, (nowMs() - startedMs) / 1000));
  return { kind: 'judged', canPropose };
}

async function propose(desk: ValidatorDesk, work: RoundWork): Promise<ValidatorEvent> {
  const hash = await makeManifest(desk, work);
  desk.ports.tell({ kind: 'manifest-made', round: work.round, hash });
  return { kind: 'made', hash };
}

async function check(desk: ValidatorDesk, work: RoundWork, hash: BlobHash, again: boolean): Promise<ValidatorEvent> {
  const verdict = await checkManifest(desk, work, hash, again);
  desk.ports.tell(manifestChecked(work.round, hash, verdict));
  if (verdict.kind === 'fair') return { kind: 'checked', hash, verdict: 'fair' };
  if (verdict.kind === 'unavailable') {
    desk.ports.log('warning', `Round ${work.round}: manifest ${hash.slice(0, 12)}… cannot be had yet: ${verdict.why}`);
    return { kind: 'checked', hash, verdict: 'unavailable' };
  }
  if (verdict.kind === 'false') desk.falseManifests.add(hash);
  desk.ports.log(
    'warning',
    `Round ${work.round}: refuses the manifest of ${verdict.signer ?? 'nobody'}: ${verdict.why}`,
  );
  return { kind: 'checked', hash, verdict: 'refused' };
}

function workOf({ work }: ValidatorDesk): RoundWork {
  if (work === null) throw new Error('No round is under way');
  return work;
}
