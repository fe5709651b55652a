import { MillraceError } from '#protocol/errors.ts';
import { deadlineBlock, firstBlock } from '#protocol/round/clock.ts';
import { sourcesOf } from '#worker/run/roster.ts';
import { evaluateUpdate } from './evaluate.ts';
import { createGather } from './gather.ts';
import { type Evaluation, rateUpdates, scoresOfMembers } from './score.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/** Takes announcements of this round from now on. */
export function openRound(desk: ValidatorDesk, round: number): RoundWork {
  const { ports, run, roster } = desk;
  const registered = new Set(roster.members.map(({ neuron }) => neuron.hotkey));
  const gather = createGather(
    {
      ...{ blobs: ports.blobs, updates: ports.updates },
      block: () => ports.clock.current()?.number ?? 0,
      isRegistered: (hotkey) => registered.has(hotkey),
      log: (message) => ports.log('warning', message),
    },
    run,
    desk.bases,
    round,
  );
  ports.openGate(gather);
  return { round, gather, updates: [], ratings: [], known: new Map() };
}

/** Ends the gathering and rates what came. @returns whether there is anything to merge */
export async function judgeRound(desk: ValidatorDesk, work: RoundWork): Promise<boolean> {
  const { ports, run, roster } = desk;
  const { round } = work;
  work.updates = work.gather.close();
  ports.openGate(null);
  const registeredAt = new Map(roster.members.map(({ neuron }) => [neuron.hotkey, neuron.registeredAtBlock]));
  const scores = scoresOfMembers(desk.scores, registeredAt, firstBlock(desk.scoredRound, run.spec.round));
  if (work.updates.length === 0) ports.log('info', `Round ${round}: no update arrived`);
  work.ratings = rateUpdates(await evaluations(desk, work), scores);
  desk.scores = new Map(work.ratings.map(({ hotkey, score }) => [hotkey, score]));
  desk.scoredRound = round;
  return work.updates.length > 0;
}

async function evaluations(desk: ValidatorDesk, { round, updates }: RoundWork): Promise<readonly Evaluation[]> {
  if (updates.length === 0) return [];
  const { ports, run, roster, own, signal } = desk;
  const [first, deadline] = await Promise.all([
    ports.chain.block(firstBlock(round, run.spec.round), signal),
    ports.chain.block(deadlineBlock(round, run.spec.round), signal),
  ]);
  if (first === null || deadline === null) {
    throw new MillraceError('CHAIN_UNREACHABLE', `The chain forgot the blocks of round ${round}`);
  }
  const context = {
    ...{ run, round, state: desk.replica, evaluator: ports.evaluator, pages: ports.pages, signal },
    ...{ updates: ports.updates, sources: sourcesOf(roster, own) },
    ...{ firstBlockHash: first.hash, deadlineBlockHash: deadline.hash },
  };
  const found: Evaluation[] = [];
  for (const update of updates) found.push(await evaluateUpdate(context, update));
  return found;
}
