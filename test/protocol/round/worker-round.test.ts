import { describe, expect, it } from 'vitest';
import {
  canBegin,
  startOf,
  type WorkerEffect,
  type WorkerEvent,
  type WorkerRound,
  workerRound,
  type WorkerView,
} from '#protocol/round/worker-round.ts';

/** Round 5 spans 50…59, may be joined until 53 and closes at 55; its verdict is waited for until 62. */
const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };
const round = 5;

type StateKind = WorkerRound['kind'];
type EventKind = WorkerEvent['kind'];
type Of<K extends StateKind> = Extract<WorkerRound, { kind: K }>;
type EventOf<K extends EventKind> = Extract<WorkerEvent, { kind: K }>;

type Row<S extends StateKind, E extends EventKind> = readonly [
  /** What happens, as the rest of a sentence. */
  does: string,
  from: Of<S>,
  event: EventOf<E>,
  block: number,
  /** `same`: it says nothing in this state. */
  to: WorkerRound | 'same',
  effects?: readonly WorkerEffect[],
];

/** A new kind of state or of event does not compile before it has its rows here. */
type Table = { readonly [S in StateKind]: { readonly [E in EventKind]: readonly [Row<S, E>, ...Row<S, E>[]] } };

const block = (view: Partial<WorkerView> = {}): EventOf<'block'> => ({
  kind: 'block',
  view: { stepsBehind: 0, verdict: null, isBefore: false, ...view },
});
const events = {
  resumed: { kind: 'resumed', canAnnounce: true },
  trained: { kind: 'trained' },
  untrained: { kind: 'untrained' },
  answered: { kind: 'answered', answer: 'taken' },
  settled: { kind: 'settled' },
  diverged: { kind: 'diverged' },
  failed: { kind: 'failed' },
} as const satisfies { readonly [E in Exclude<EventKind, 'block'>]: EventOf<E> };

const idle: Of<'idle'> = { kind: 'idle', lastRound: 4 };
const done: Of<'idle'> = { kind: 'idle', lastRound: round };
const fresh: Of<'idle'> = { kind: 'idle', lastRound: -1 };
const interrupted: Of<'interrupted'> = { kind: 'interrupted', round };
const resuming: Of<'resuming'> = { kind: 'resuming', round };
const training: Of<'training'> = { kind: 'training', round };
const announcing: Of<'announcing'> = { kind: 'announcing', round };
const awaiting: Of<'awaiting'> = { kind: 'awaiting', round, answer: 'taken' };
const refused: Of<'awaiting'> = { kind: 'awaiting', round, answer: 'refused' };
const early: Of<'awaiting'> = { kind: 'awaiting', round, answer: 'not-yet' };
const settling: Of<'settling'> = { kind: 'settling', round };
const halted: Of<'halted'> = { kind: 'halted' };

const train: readonly WorkerEffect[] = [{ kind: 'train', round }];
const forget = (of: number): readonly WorkerEffect[] => [{ kind: 'forget', round: of }];
const announce = (again: boolean): readonly WorkerEffect[] => [{ kind: 'announce', round, again }];
const settle = (verdict: 'manifest' | 'none' | 'unknown'): readonly WorkerEffect[] => [
  { kind: 'settle', round, verdict },
];

const says = <S extends StateKind, E extends EventKind>(from: Of<S>, event: EventOf<E>, at = 52): [Row<S, E>] => [
  ['says nothing', from, event, at, 'same'],
];
const halts = <S extends StateKind>(from: Of<S>): [Row<S, 'diverged'>] => [
  ['halts', from, events.diverged, 52, halted],
];

const table: Table = {
  idle: {
    block: [
      ['trains a new round from its first block', idle, block(), 50, training, train],
      ['trains while a quarter of the time is left', idle, block(), 53, training, train],
      ['trains no round that has less', idle, block(), 54, 'same'],
      ['trains on a model that is a little behind', idle, block({ stepsBehind: 2 }), 50, training, train],
      ['does not train on one that is further behind', idle, block({ stepsBehind: 3 }), 50, 'same'],
      ['does not train when it cannot tell', idle, block({ stepsBehind: null }), 50, 'same'],
      ['trains no round twice', done, block(), 53, 'same'],
      ['waits when the chain went back by a few blocks', done, block(), 49, 'same'],
      ['forgets what is of another chain', done, block(), 39, fresh, forget(5)],
    ],
    resumed: says(idle, events.resumed),
    trained: says(idle, events.trained),
    untrained: says(idle, events.untrained),
    answered: says(idle, events.answered),
    settled: says(idle, events.settled),
    diverged: halts(idle),
    failed: says(idle, events.failed),
  },
  interrupted: {
    block: [
      ['reads its update again', interrupted, block({ stepsBehind: null }), 52, resuming, [{ kind: 'resume', round }]],
      [
        'reads it also when the chain went back by a few blocks',
        interrupted,
        block(),
        49,
        resuming,
        [{ kind: 'resume', round }],
      ],
      ['forgets what is of another chain', interrupted, block(), 39, fresh, forget(5)],
    ],
    resumed: says(interrupted, events.resumed),
    trained: says(interrupted, events.trained),
    untrained: says(interrupted, events.untrained),
    answered: says(interrupted, events.answered),
    settled: says(interrupted, events.settled),
    diverged: halts(interrupted),
    failed: says(interrupted, events.failed),
  },
  resuming: {
    block: says(resuming, block({ verdict: 'manifest' })),
    resumed: [
      ['announces it again before the deadline', resuming, events.resumed, 54, announcing, announce(true)],
      ['awaits the verdict at the deadline', resuming, events.resumed, 55, awaiting],
      ['awaits the verdict on what it cannot read', resuming, { kind: 'resumed', canAnnounce: false }, 52, awaiting],
    ],
    trained: says(resuming, events.trained),
    untrained: says(resuming, events.untrained),
    answered: says(resuming, events.answered),
    settled: says(resuming, events.settled),
    diverged: halts(resuming),
    failed: [['tries again at the next block', resuming, events.failed, 52, interrupted]],
  },
  training: {
    block: says(training, block({ verdict: 'manifest' }), 70),
    resumed: says(training, events.resumed),
    trained: [['announces the update', training, events.trained, 54, announcing, announce(false)]],
    untrained: [['is done with the round', training, events.untrained, 54, done]],
    answered: says(training, events.answered),
    settled: says(training, events.settled),
    diverged: halts(training),
    failed: [['is done with the round', training, events.failed, 54, done]],
  },
  announcing: {
    block: says(announcing, block({ verdict: 'manifest' }), 70),
    resumed: says(announcing, events.resumed),
    trained: says(announcing, events.trained),
    untrained: says(announcing, events.untrained),
    answered: [
      ['awaits the verdict', announcing, events.answered, 54, awaiting],
      ['knows when nobody took it', announcing, { kind: 'answered', answer: 'refused' }, 54, refused],
      ['knows when nobody takes it yet', announcing, { kind: 'answered', answer: 'not-yet' }, 54, early],
    ],
    settled: says(announcing, events.settled),
    diverged: halts(announcing),
    failed: [['awaits the verdict, for someone may have it', announcing, events.failed, 54, awaiting]],
  },
  awaiting: {
    block: [
      ['settles as the manifest says', awaiting, block({ verdict: 'manifest' }), 56, settling, settle('manifest')],
      ['waits before the end', awaiting, block({ isBefore: true }), 59, 'same'],
      ['waits a little longer for what is on its way', awaiting, block({ isBefore: true }), 61, 'same'],
      ['settles for none then', awaiting, block({ isBefore: true }), 62, settling, settle('none')],
      ['waits as long as it has not followed the run', awaiting, block(), 71, 'same'],
      ['counts it as unknown a round later', awaiting, block(), 72, settling, settle('unknown')],
      ['announces it again when nobody took it yet', early, block(), 54, announcing, announce(false)],
      ['announces nothing from the deadline on', early, block({ isBefore: true }), 55, 'same'],
      [
        'settles for none at the end when nobody took it in time',
        early,
        block({ isBefore: true }),
        60,
        settling,
        settle('none'),
      ],
      ['does not announce again what was refused', refused, block(), 54, 'same'],
      ['waits before the end though nobody took it', refused, block({ isBefore: true }), 59, 'same'],
      [
        'settles for none at the end when nobody took it',
        refused,
        block({ isBefore: true }),
        60,
        settling,
        settle('none'),
      ],
      ['waits when the chain goes back', awaiting, block({ isBefore: true }), 20, 'same'],
    ],
    resumed: says(awaiting, events.resumed),
    trained: says(awaiting, events.trained),
    untrained: says(awaiting, events.untrained),
    answered: says(awaiting, events.answered),
    settled: says(awaiting, events.settled),
    diverged: halts(awaiting),
    failed: says(awaiting, events.failed),
  },
  settling: {
    block: says(settling, block({ verdict: 'manifest' }), 70),
    resumed: says(settling, events.resumed),
    trained: says(settling, events.trained),
    untrained: says(settling, events.untrained),
    answered: says(settling, events.answered),
    settled: [['is done with the round', settling, events.settled, 57, done]],
    diverged: halts(settling),
    failed: [['is done with the round', settling, events.failed, 57, done]],
  },
  halted: {
    block: says(halted, block({ verdict: 'manifest' })),
    resumed: says(halted, events.resumed),
    trained: says(halted, events.trained),
    untrained: says(halted, events.untrained),
    answered: says(halted, events.answered),
    settled: says(halted, events.settled),
    diverged: says(halted, events.diverged),
    failed: says(halted, events.failed),
  },
};

describe.each(Object.entries(table))('a worker that is %s', (_, rows) => {
  describe.each(Object.entries(rows))('at “%s”', (__, cases: readonly Row<StateKind, EventKind>[]) => {
    it.each(cases.map((row) => ({ does: row[0], block: row[3], row })))('$does (block $block)', ({ row }) => {
      const [, from, event, at, to, effects = []] = row;
      const context = { block: at, timing, maxStaleness: 2 };
      expect(workerRound(from, event, context)).toEqual({ state: to === 'same' ? from : to, effects });
    });
  });
});

it('a worker begins with the update of a process before it, or without', () => {
  expect(startOf(4, null)).toEqual(idle);
  expect(startOf(4, 5)).toEqual(interrupted);
});

it('a worker may begin a round that has not begun, and not one whose deadline has passed', () => {
  expect([40, 50, 53, 54, 55, 60].map((at) => canBegin(5, { block: at, timing }))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
