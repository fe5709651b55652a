import type { WorkerRound } from '#protocol/worker-messages.ts';

/** A round as a worker tells it that was merged and scored. */
export const workerRound = (round: number, roundBlocks: number): WorkerRound => ({
  round,
  roundBlocks,
  loss: 4,
  evalLoss: 4.5,
  tokensPerSecond: 1000,
  innerSteps: 30,
  updateBytes: 5000,
  score: 90,
  reputation: null,
  scoreReason: 'good',
  stateRoot: 'a'.repeat(64),
});
