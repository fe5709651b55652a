import { fromHex } from '#protocol/bytes.ts';
import type { BlockHeader } from '#protocol/chain/chain-client.ts';
import { MillraceError } from '#protocol/errors.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { deadlineBlock, firstBlock, seedBlock } from '#protocol/round/clock.ts';
import type { Evaluation } from '#protocol/score/observation.ts';
import { rateRound } from '#protocol/score/rate-round.ts';
import { sampleWorkers } from '#protocol/score/sample-workers.ts';
import { sourcesOf } from '#worker/run/roster.ts';
import { bookBefore } from './book-before.ts';
import { evaluateUpdate, gainOnUnseen, roundTexts } from './evaluate.ts';
import { findCopies } from './find-copies.ts';
import { createGather } from './gather.ts';
import { isTooFar } from './how-far.ts';
import { mergedBefore } from './merged-before.ts';
import { observeRound } from './observe-round.ts';
import type { RoundWork, ValidatorDesk } from './validator-desk.ts';

/**
 * Who opens the round with less of its training time left may have been told before of updates that are lost: a worker is done before
 * the deadline, and announces once.
 */
const MIN_OPEN_SHARE = 0.75;

/** Takes announcements of this round from now on. */
export function openRound(desk: ValidatorDesk, round: number): RoundWork {
  const { ports, run, roster } = desk;
  const registered = new Set(roster.members.map(({ neuron }) => neuron.hotkey));
  const block = (): number => ports.clock.current()?.number ?? 0;
  const gather = createGather(
    {
      ...{ blobs: ports.blobs, updates: ports.updates, block },
      isRegistered: (hotkey) => registered.has(hotkey),
      log: (message, level) => ports.log(level ?? 'warning', message),
    },
    run,
    desk.bases,
    round,
  );
  ports.openGate(gather);
  const { trainBlocks } = run.spec.round;
  const isOnTime = deadlineBlock(round, run.spec.round) - block() >= MIN_OPEN_SHARE * trainBlocks;
  return {
    round,
    gather,
    isOnTime,
    updates: [],
    seed: new Uint8Array(),
    evaluations: new Map(),
    copies: new Map(),
    ratings: [],
    gainOf: null,
    known: new Map(),
  };
}

/** Ends the gathering and rates what came. @returns whether there is anything to merge */
export async function judgeRound(desk: ValidatorDesk, work: RoundWork): Promise<boolean> {
  const { ports, run, roster, signal } = desk;
  const { round } = work;
  await arrived(desk, work);
  const { updates, refusals } = work.gather.close();
  work.updates = updates;
  if (updates.length === 0) ports.log('info', `Round ${round}: no update arrived`);
  const registeredAt = new Map(roster.members.map(({ neuron }) => [neuron.hotkey, neuron.registeredAtBlock]));
  const { ratedRound } = desk.book;
  if (ratedRound > round) {
    const what =
      updates.length > 0 ? 'another chain: all workers begin anew' : 'another chain, or the chain’s node lags';
    ports.log('warning', `The score book is of round ${ratedRound}, this is round ${round}: ${what}`);
  }
  const isWorkedIn = updates.length > 0;
  desk.book = bookBefore(desk.book, { round, isWorkedIn, registeredAt, timing: run.spec.round });
  // Nothing that is announced counts any more: what is drawn now, nobody could have known before.
  await ports.clock.waitFor(seedBlock(round, run.spec.round), signal);
  const [first, seed] = await blocksOf(desk, round);
  work.seed = fromHex(seed.hash);
  if (updates.length > 0) await evaluateSample(desk, work, first, seed);
  const observations = observeRound(desk, work, refusals);
  const { blocks: roundBlocks } = run.spec.round;
  const rated = rateRound(desk.book, observations, run.spec.scoring, { round, roundBlocks, seed: work.seed });
  work.ratings = rated.ratings;
  // A round is in the book once, also when this validator has started again in it.
  if (round > desk.book.ratedRound) desk.book = rated.book;
  await ports.books.save(desk.book);
  return updates.length > 0;
}

/** What was announced in time may arrive a little after the deadline; half of the lead's turn is left for judging. */
async function arrived({ ports, run, signal }: ValidatorDesk, { round, gather }: RoundWork): Promise<void> {
  const timing = run.spec.round;
  const graceBlocks = Math.max(1, Math.floor(timing.leadBlocks / 2));
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const isOver = ports.clock.waitFor(deadlineBlock(round, timing) + graceBlocks, ends);
  isOver.catch(() => undefined); // ended below, when everything has arrived before
  try {
    await Promise.race([gather.idle(), isOver]);
  } finally {
    over.abort();
  }
}

async function evaluateSample(
  desk: ValidatorDesk,
  work: RoundWork,
  first: BlockHeader,
  drawing: BlockHeader,
): Promise<void> {
  const { ports, run, roster, own, book, signal } = desk;
  const { round, updates, seed } = work;
  work.copies = await findCopies(run.spec, updates, seed, mergedBefore(desk));
  const { step } = desk.replica;
  const candidates = updates.flatMap(({ hotkey, update }) =>
    work.copies.has(hotkey) || isTooFar(run.spec, step, update) ? [] : [hotkey],
  );
  const sample = new Set(sampleWorkers(book, candidates, run.spec.evaluation.workers, run.spec.scoring, seed));
  const context = {
    ...{ run, round, state: desk.replica, evaluator: ports.evaluator, pages: ports.pages, signal },
    ...{ updates: ports.updates, sources: sourcesOf(roster, own) },
    ...{ firstBlockHash: first.hash, seedBlockHash: drawing.hash },
  };
  const texts = await roundTexts(context);
  work.gainOf = (hotkey, update) => gainOnUnseen(context, { hotkey, update }, texts.unseen);
  const evaluations = new Map<Hotkey, Evaluation>();
  for (const update of updates) {
    if (sample.has(update.hotkey)) evaluations.set(update.hotkey, await evaluateUpdate(context, update, texts));
  }
  work.evaluations = evaluations;
}

async function blocksOf(
  { ports, run, signal }: ValidatorDesk,
  round: number,
): Promise<readonly [BlockHeader, BlockHeader]> {
  const [first, seed] = await Promise.all([
    ports.chain.block(firstBlock(round, run.spec.round), signal),
    ports.chain.block(seedBlock(round, run.spec.round), signal),
  ]);
  if (first === null || seed === null) {
    throw new MillraceError('CHAIN_UNREACHABLE', `The chain forgot the blocks of round ${round}`);
  }
  return [first, seed];
}
