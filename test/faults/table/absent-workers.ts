import { deadlineBlock } from '#protocol/round/clock.ts';
import { openAnnouncement } from '#protocol/round/announcement.ts';
import type { Fault, Judged, Outcome } from '../../support/faults/fault.ts';
import { FAULT_ROUND, WORKERS } from './clean.ts';

const AT_FAULT = 0;
const AWAY_ROUNDS = 2;

/** How many rounds had its update in their merge. */
const mergedRounds = ({ manifests }: Outcome, hotkeyScores: (round: number) => boolean): number =>
  [...manifests.keys()].filter(hotkeyScores).length;

const roundsOf = ({ workerRounds }: Outcome): readonly number[] =>
  (workerRounds[AT_FAULT] ?? []).map(({ round }) => round);

const goesWithout = (outcome: Outcome): Judged => {
  const others = [...outcome.manifests].filter(([round]) => round > FAULT_ROUND);
  const most = mergedRounds(
    outcome,
    (round) => (outcome.manifests.get(round)?.entries.length ?? 0) >= WORKERS.workers - 1,
  );
  return {
    name: 'the others are merged in each round',
    measured: `${most} rounds`,
    ok: others.length > 0 && most >= outcome.rounds - 2,
  };
};

export const killed: Fault = {
  name: 'worker killed',
  cast: WORKERS,
  faulty: [AT_FAULT],
  onBlock: async ({ round, offset }, stage) => {
    if (round !== FAULT_ROUND || offset !== 4) return;
    stage.workers.get(AT_FAULT)?.stop();
    await stage.workers.get(AT_FAULT)?.done;
    stage.count('killed');
  },
  fired: (outcome, stage) =>
    stage.counts.has('killed') && Math.max(...roundsOf(outcome)) < FAULT_ROUND
      ? `in round ${FAULT_ROUND}, never back`
      : null,
  expect: (outcome) => [goesWithout(outcome)],
};

export const hung: Fault = {
  name: 'worker hung',
  cast: WORKERS,
  faulty: [AT_FAULT],
  worker: (n, ports, stage) => ({
    ...ports,
    trainer: {
      ...ports.trainer,
      trainSteps: (...args) => {
        if (n !== AT_FAULT || stage.at.round < FAULT_ROUND) return ports.trainer.trainSteps(...args);
        stage.count('hung');
        return new Promise(() => undefined);
      },
    },
  }),
  fired: (_, stage) => (stage.counts.get('hung') === 1 ? `in an inner step of round ${FAULT_ROUND}, for ever` : null),
  expect: (outcome) => [goesWithout(outcome)],
};

export const late: Fault = {
  name: 'worker late',
  cast: WORKERS,
  faulty: [AT_FAULT],
  worker: (n, ports, { swarm }) => ({
    ...ports,
    announce: async (address, bytes, signal) => {
      if (n !== AT_FAULT) return ports.announce(address, bytes, signal);
      const { round } = openAnnouncement(bytes).announcement;
      await ports.clock.waitFor(deadlineBlock(round, swarm.run.spec.round), signal);
      return ports.announce(address, bytes, signal);
    },
  }),
  fired: ({ replies }) => {
    const refused = replies.filter(({ worker, reply }) => worker === AT_FAULT && !reply.accepted);
    return refused.length > 0 ? `${refused.length} announcements after the deadline` : null;
  },
  expect: (outcome) => [
    goesWithout(outcome),
    {
      name: 'what is late is not paid',
      measured: `${outcome.rewards[AT_FAULT]} TAO`,
      ok: outcome.rewards[AT_FAULT] === 0,
    },
  ],
};

export const offline: Fault = {
  name: 'worker offline and back',
  cast: WORKERS,
  faulty: [AT_FAULT],
  onBlock: async ({ round, offset }, stage) => {
    if (round === FAULT_ROUND && offset === 4) {
      stage.workers.get(AT_FAULT)?.stop();
      await stage.workers.get(AT_FAULT)?.done;
      stage.count('left');
    }
    if (round === FAULT_ROUND + AWAY_ROUNDS && offset === 1) {
      await stage.startWorker(AT_FAULT);
      stage.count('back');
    }
  },
  fired: (_, stage) => (stage.counts.has('left') && stage.counts.has('back') ? `away for ${AWAY_ROUNDS} rounds` : null),
  expect: (outcome, clean) => {
    const back = roundsOf(outcome).filter((round) => round >= FAULT_ROUND + AWAY_ROUNDS);
    const due = outcome.rounds - FAULT_ROUND - AWAY_ROUNDS;
    const kept = (outcome.rewards[AT_FAULT] ?? 0) / (clean.rewards[AT_FAULT] ?? 0);
    // Uptime counts beside the rounds that it missed.
    const least = 0.75 * ((outcome.rounds - AWAY_ROUNDS) / outcome.rounds);
    return [
      { name: 'is scored again at once', measured: `${back.length} of ${due} rounds`, ok: back.length >= due },
      { name: `it keeps ≥ ${(100 * least).toFixed(0)} %`, measured: `${(100 * kept).toFixed(1)} %`, ok: kept >= least },
    ];
  },
};
