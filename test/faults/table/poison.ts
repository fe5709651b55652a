import { randomStream } from '#protocol/random.ts';
import { utf8 } from '#protocol/bytes.ts';
import type { WorkerPorts } from '#worker/round/worker-desk.ts';
import { withDifferences } from '../../support/faults/alter.ts';
import type { Fault, Judged, Outcome } from '../../support/faults/fault.ts';
import { earnsAtMost, percent } from '../../support/faults/judge.ts';
import type { Stage } from '../../support/faults/stage.ts';
import { CROWD, WORKERS } from './clean.ts';

type Change = (differences: readonly Float32Array[]) => readonly Float32Array[];

const scaled =
  (factor: number): Change =>
  (differences) =>
    differences.map((values) => values.map((value) => factor * value));

/** As large as what was trained, tensor for tensor. */
const noise: Change = (differences) =>
  differences.map((values, tensor) => {
    const random = randomStream(utf8(`${tensor} ${values[0] ?? 0}`.padEnd(32).slice(0, 32)));
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
    // Uniform with the same deviation.
    return values.map(() => Math.sqrt(12) * deviation * (random.nextUint32() / 2 ** 32 - 0.5));
  });

const counted =
  (stage: Stage, what: string, change: Change): Change =>
  (differences) => {
    stage.count(what);
    return change(differences);
  };

/** Of a well-formed, signed update the content is wrong, from the first round on. */
const poison = (name: string, change: Change): Fault => ({
  ...{ name, cast: WORKERS, faulty: [0] },
  worker: (n, ports, stage) => (n === 0 ? withDifferences(ports, counted(stage, name, change)) : ports),
  fired: (outcome, stage) => takenPoison(outcome, [0], stage.counts.get(name) ?? 0),
  expect: (outcome) => [shareOfRewards(outcome, [0])],
});

function shareOfRewards({ rewards }: Outcome, poisoners: readonly number[]): Judged {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const share = sum(poisoners.map((n) => rewards[n] ?? 0)) / sum(rewards);
  return { name: 'share of rewards ≤ 1 %', measured: percent(share, 2), ok: share <= 0.01 };
}

/** Refused for its bytes it would show nothing: a validator has taken and judged it. */
function takenPoison({ replies }: Outcome, workers: readonly number[], altered: number): string | null {
  const taken = replies.filter(({ worker, reply }) => workers.includes(worker) && reply.accepted).length;
  return altered > 0 && taken > 0 ? `${altered} altered, ${taken} taken to be judged` : null;
}

export const signFlipped = poison('update sign-flipped', scaled(-1));
export const random = poison('update random', noise);
/** In the right direction, a hundred times too far. */
export const scaledUp = poison('update scaled ×100', scaled(100));

/** The right work, made longer, to seem worth more. */
export const madeLong: Fault = {
  name: 'update made five times as long',
  cast: WORKERS,
  faulty: [0],
  worker: (n, ports, stage) => (n === 0 ? withDifferences(ports, counted(stage, 'longer', scaled(5))) : ports),
  fired: (outcome, stage) => takenPoison(outcome, [0], stage.counts.get('longer') ?? 0),
  expect: (outcome) => [earnsAtMost(outcome, { faulty: [0] }, 1.05)],
};

/** A few inner steps made as long as all, and said to be all. */
export const fewSteps: Fault = {
  name: 'three of ten steps, made as long as all',
  cast: WORKERS,
  faulty: [0],
  worker: (n, ports, stage) => (n === 0 ? makingFewSteps(ports, stage) : ports),
  fired: (outcome, stage) => takenPoison(outcome, [0], stage.counts.get('steps not made') ?? 0),
  expect: (outcome) => [earnsAtMost(outcome, { faulty: [0] }, 0.9)],
};

function makingFewSteps(ports: WorkerPorts, stage: Stage): WorkerPorts {
  const { trainer } = ports;
  let made = 0;
  return withDifferences(
    {
      ...ports,
      trainer: {
        ...trainer,
        load: (parameters) => {
          made = 0;
          trainer.load(parameters);
        },
        trainSteps: async (tokens, rates, options) => {
          if (made >= 3) {
            stage.count('steps not made');
            return rates.map(() => ({ loss: 3, gradientNorm: 1 }));
          }
          made += rates.length;
          return trainer.trainSteps(tokens, rates, options);
        },
      },
    },
    scaled(FEW_AS_LONG_AS_ALL),
  );
}

/** By how much ten steps of AdamW go farther than three: measured. */
const FEW_AS_LONG_AS_ALL = 2.3;

const wrongText: Fault = {
  name: 'update trained on the wrong data',
  cast: WORKERS,
  faulty: [0],
  worker: (n, ports, stage) => (n === 0 ? readingAnother(ports, stage) : ports),
  fired: ({ replies }, stage) => takenPoison({ replies } as Outcome, [0], stage.counts.get('other text') ?? 0),
  expect: (outcome) => [earnsAtMost(outcome, { faulty: [0] }, 0.9)],
};
export const wrongData = wrongText;

/** Trains on one page that it likes, whatever it was assigned. */
const readingAnother = (ports: WorkerPorts, stage: Stage): WorkerPorts => ({
  ...ports,
  pages: {
    tokens: (windows, request) => {
      stage.count('other text');
      return ports.pages.tokens(
        windows.map(({ offset }) => ({ page: 0, offset })),
        request,
      );
    },
  },
});

const POISONERS = [9, 10, 11];
const KINDS: readonly Change[] = [scaled(-1), noise, scaled(-100)];

export const quarterPoisoners: Fault = {
  name: '25 % poisoners',
  cast: CROWD,
  faulty: POISONERS,
  worker: (n, ports, stage) => {
    const kind = KINDS[POISONERS.indexOf(n)];
    return kind === undefined ? ports : withDifferences(ports, counted(stage, 'poison', kind));
  },
  fired: (outcome, stage) => takenPoison(outcome, POISONERS, stage.counts.get('poison') ?? 0),
  expect: (outcome) => [shareOfRewards(outcome, POISONERS)],
};
