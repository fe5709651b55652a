import { describe, expect, it } from 'vitest';
import type { BlobHash } from '#protocol/ids.ts';
import {
  type RoundView,
  type ValidatorEffect,
  type ValidatorEvent,
  type ValidatorRound,
  validatorRound,
} from '#protocol/round/validator-round.ts';

/** Round 5 spans 50…59 and closes at 55; the leads have 55 and 57, the last call is at 59. */
const timing = { blocks: 10, trainBlocks: 5, leadBlocks: 2 };
const round = 5;
const [A, B] = ['aa'.repeat(32) as BlobHash, 'bb'.repeat(32) as BlobHash];

type StateKind = ValidatorRound['kind'];
type EventKind = ValidatorEvent['kind'];
type Of<K extends StateKind> = Extract<ValidatorRound, { kind: K }>;
type EventOf<K extends EventKind> = Extract<ValidatorEvent, { kind: K }>;

type Row<S extends StateKind, E extends EventKind> = readonly [
  /** What happens, as the rest of a sentence. */
  does: string,
  from: Of<S>,
  event: EventOf<E>,
  block: number,
  /** `same`: it says nothing in this state. */
  to: ValidatorRound | 'same',
  effects?: readonly ValidatorEffect[],
];

/** A new kind of state or of event does not compile before it has its rows here. */
type Table = { readonly [S in StateKind]: { readonly [E in EventKind]: readonly [Row<S, E>, ...Row<S, E>[]] } };

const block = (view: Partial<RoundView> = {}): EventOf<'block'> => ({
  kind: 'block',
  view: { rank: 0, proposals: [], own: null, decided: null, ...view },
});
const events = {
  opened: { kind: 'opened' },
  judged: { kind: 'judged', canPropose: true },
  made: { kind: 'made', hash: A },
  checked: { kind: 'checked', hash: A, verdict: 'fair' },
  stood: { kind: 'stood', hash: A },
  adopted: { kind: 'adopted' },
  failed: { kind: 'failed' },
} as const satisfies { readonly [E in Exclude<EventKind, 'block'>]: EventOf<E> };

const resting: Of<'resting'> = { kind: 'resting', lastRound: 4 };
const opening: Of<'opening'> = { kind: 'opening', round };
const gathering: Of<'gathering'> = { kind: 'gathering', round };
const judging: Of<'judging'> = { kind: 'judging', round };
const adopting: Of<'adopting'> = { kind: 'adopting', round };
const done: Of<'resting'> = { kind: 'resting', lastRound: round };
const deciding = (state: Partial<Of<'deciding'>> = {}): Of<'deciding'> => ({
  ...{ kind: 'deciding', round, canPropose: true, fair: [], refused: [], missing: [], busy: false, stands: null },
  ...state,
});

const says = <S extends StateKind, E extends EventKind>(from: Of<S>, event: EventOf<E>, at = 56): [Row<S, E>] => [
  ['says nothing', from, event, at, 'same'],
];

const weights: ValidatorEffect = { kind: 'set-weights', round };
const endorse: ValidatorEffect = { kind: 'endorse', round, hash: A };
const check = (hash: BlobHash, again = false): ValidatorEffect => ({ kind: 'check', round, hash, again });
const adopt = (hash: BlobHash): readonly ValidatorEffect[] => [{ kind: 'adopt', round, hash }, weights];
const giveUp: readonly ValidatorEffect[] = [{ kind: 'give-up', round }, weights];
const open = (of: number): readonly ValidatorEffect[] => [{ kind: 'open', round: of }];
const propose: readonly ValidatorEffect[] = [{ kind: 'propose', round }];
const pledged = { hash: A, isOnChain: false };
const onChain = { hash: A, isOnChain: true };
const busy = true;

const table: Table = {
  resting: {
    block: [
      ['opens a new round at its first block', resting, block(), 50, opening, open(5)],
      ['opens it until the last block before the deadline', resting, block(), 54, opening, open(5)],
      ['sits out a round that is past its deadline', resting, block(), 55, 'same'],
      ['does not open a round twice', done, block(), 54, 'same'],
      ['does not open an older round when the chain goes back', done, block(), 44, 'same'],
      ['leaves out what it slept through', resting, block(), 91, { kind: 'opening', round: 9 }, open(9)],
    ],
    opened: says(resting, events.opened),
    judged: says(resting, events.judged),
    made: says(resting, events.made),
    checked: says(resting, events.checked),
    stood: says(resting, events.stood),
    adopted: says(resting, events.adopted),
    failed: says(resting, events.failed),
  },
  opening: {
    block: says(opening, block(), 51),
    opened: [
      ['gathers', opening, events.opened, 51, gathering],
      ['gathers also when that took until after the deadline', opening, events.opened, 57, gathering],
    ],
    judged: says(opening, events.judged),
    made: says(opening, events.made),
    checked: says(opening, events.checked),
    stood: says(opening, events.stood),
    adopted: says(opening, events.adopted),
    failed: [['tries again at the next block', opening, events.failed, 51, resting]],
  },
  gathering: {
    block: [
      ['goes on before the deadline', gathering, block(), 54, 'same'],
      ['goes on when the chain goes back behind the round', gathering, block(), 49, 'same'],
      ['judges at the deadline', gathering, block(), 55, judging, [{ kind: 'judge', round }]],
      ['judges until the last block', gathering, block(), 59, judging, [{ kind: 'judge', round }]],
      ['closes what is over', gathering, block(), 60, done, [{ kind: 'close', round }]],
    ],
    opened: says(gathering, events.opened),
    judged: says(gathering, events.judged),
    made: says(gathering, events.made),
    checked: says(gathering, events.checked),
    stood: says(gathering, events.stood),
    adopted: says(gathering, events.adopted),
    failed: says(gathering, events.failed),
  },
  judging: {
    block: says(judging, block({ decided: A })),
    opened: says(judging, events.opened),
    judged: [
      ['decides', judging, events.judged, 56, deciding()],
      [
        'decides without a manifest of its own when nothing came',
        judging,
        { kind: 'judged', canPropose: false },
        56,
        deciding({ canPropose: false }),
      ],
    ],
    made: says(judging, events.made),
    checked: says(judging, events.checked),
    stood: says(judging, events.stood),
    adopted: says(judging, events.adopted),
    failed: [['leaves the round to the others', judging, events.failed, 56, done]],
  },
  deciding: {
    block: [
      ['waits for the block that the round draws by', deciding(), block(), 55, 'same'],
      ['proposes when it leads', deciding(), block(), 56, deciding({ busy }), propose],
      ['waits for its turn', deciding(), block({ rank: 1 }), 57, 'same'],
      ['proposes at its turn', deciding(), block({ rank: 1 }), 58, deciding({ busy }), propose],
      [
        'proposes at the last turn when its own would be too late',
        deciding(),
        block({ rank: 40 }),
        58,
        deciding({ busy }),
        propose,
      ],
      ['does not propose at the last call', deciding(), block(), 59, 'same'],
      ['does not propose without a permit', deciding(), block({ rank: null }), 58, 'same'],
      ['does not propose when nothing came', deciding({ canPropose: false }), block(), 58, 'same'],
      [
        'checks what another proposes before it proposes',
        deciding(),
        block({ proposals: [B, A] }),
        58,
        deciding({ busy }),
        [check(B)],
      ],
      [
        'checks the next when it refused the first',
        deciding({ refused: [B] }),
        block({ rank: 2, proposals: [B, A] }),
        57,
        deciding({ refused: [B], busy }),
        [check(A)],
      ],
      [
        'proposes when it refused all',
        deciding({ refused: [B] }),
        block({ proposals: [B] }),
        57,
        deciding({ refused: [B], busy }),
        propose,
      ],
      ['checks no proposal at the last call', deciding(), block({ proposals: [B] }), 59, 'same'],
      [
        'checks what was settled unseen',
        deciding(),
        block({ proposals: [B], decided: B }),
        56,
        deciding({ busy }),
        [check(B)],
      ],
      [
        'checks it also at the last call',
        deciding(),
        block({ proposals: [B], decided: B }),
        59,
        deciding({ busy }),
        [check(B)],
      ],
      [
        'adopts what was settled and is fair',
        deciding({ fair: [A], stands: onChain }),
        block({ own: A, decided: A }),
        57,
        adopting,
        adopt(A),
      ],
      [
        'adopts what was settled though it would not have signed it',
        deciding({ refused: [B] }),
        block({ decided: B }),
        57,
        adopting,
        adopt(B),
      ],
      [
        'adopts what was settled though it stands behind another',
        deciding({ fair: [A, B], stands: onChain }),
        block({ own: A, decided: B }),
        59,
        adopting,
        adopt(B),
      ],
      [
        'adopts what it has checked also after the end',
        deciding({ fair: [A] }),
        block({ decided: A }),
        60,
        adopting,
        adopt(A),
      ],
      ['gives up at the end', deciding(), block(), 60, done, giveUp],
      ['gives up at the end on what it has not seen', deciding(), block({ decided: B }), 60, done, giveUp],
      [
        'waits while it stands behind one',
        deciding({ fair: [A], stands: onChain }),
        block({ own: A, proposals: [B] }),
        57,
        'same',
      ],
      [
        'says again what is not on chain',
        deciding({ fair: [A], stands: pledged }),
        block({ proposals: [B] }),
        58,
        deciding({ fair: [A], stands: pledged, busy }),
        [endorse],
      ],
      [
        'says again what was on chain and is so no more',
        deciding({ fair: [A], stands: onChain }),
        block(),
        58,
        deciding({ fair: [A], stands: pledged, busy }),
        [endorse],
      ],
      ['does not say again what it never saw', deciding({ stands: onChain }), block({ proposals: [B] }), 58, 'same'],
      [
        'looks at what it could not have again while others lead',
        deciding({ missing: [B] }),
        block({ rank: null, proposals: [B] }),
        57,
        deciding({ missing: [B], busy }),
        [check(B, true)],
      ],
      [
        'looks first at what was asked for the longest ago',
        deciding({ missing: [A, B] }),
        block({ rank: null, proposals: [B, A] }),
        57,
        deciding({ missing: [A, B], busy }),
        [check(A, true)],
      ],
      [
        'first looks at what it has not asked for yet',
        deciding({ missing: [A] }),
        block({ rank: 2, proposals: [A, B] }),
        58,
        deciding({ missing: [A], busy }),
        [check(B)],
      ],
      [
        'leads when it has looked at as many as could have led before it',
        deciding({ missing: [A] }),
        block({ rank: 1, proposals: [A, B] }),
        58,
        deciding({ missing: [A], busy }),
        propose,
      ],
      [
        'leads before it looks at anything as long as nobody else can lead',
        deciding(),
        block({ proposals: [A] }),
        56,
        deciding({ busy }),
        propose,
      ],
      [
        'leads in its turn when nothing that is there can be had',
        deciding({ missing: [B] }),
        block({ proposals: [B] }),
        58,
        deciding({ missing: [B], busy }),
        propose,
      ],
      ['says it no more at the last call', deciding({ fair: [A], stands: pledged }), block(), 59, 'same'],
      [
        'believes the chain when that has what seemed to fail',
        deciding({ fair: [A], stands: pledged }),
        block({ own: A }),
        58,
        deciding({ fair: [A], stands: onChain }),
      ],
      ['does nothing else while it is busy', deciding({ busy }), block({ decided: B }), 60, 'same'],
    ],
    opened: says(deciding(), events.opened),
    judged: says(deciding(), events.judged),
    made: [
      [
        'stands behind it',
        deciding({ busy }),
        events.made,
        58,
        deciding({ fair: [A], busy, stands: pledged }),
        [endorse],
      ],
      ['keeps it to itself at the last call', deciding({ busy }), events.made, 59, deciding({ fair: [A] })],
    ],
    checked: [
      [
        'stands behind what is fair',
        deciding({ busy }),
        events.checked,
        58,
        deciding({ fair: [A], busy, stands: pledged }),
        [endorse],
      ],
      ['only remembers it at the last call', deciding({ busy }), events.checked, 59, deciding({ fair: [A] })],
      [
        'only remembers it when it stands behind another',
        deciding({ busy, stands: { hash: B, isOnChain: false } }),
        events.checked,
        57,
        deciding({ fair: [A], stands: { hash: B, isOnChain: false } }),
      ],
      [
        'refuses what is not',
        deciding({ busy }),
        { ...events.checked, verdict: 'refused' },
        57,
        deciding({ refused: [A] }),
      ],
      [
        'puts behind the others what still cannot be had',
        deciding({ busy, missing: [A, B] }),
        { ...events.checked, verdict: 'unavailable' },
        57,
        deciding({ missing: [B, A] }),
      ],
      [
        'remembers what cannot be had',
        deciding({ busy }),
        { ...events.checked, verdict: 'unavailable' },
        57,
        deciding({ missing: [A] }),
      ],
    ],
    stood: [['stands on chain', deciding({ busy, stands: pledged }), events.stood, 58, deciding({ stands: onChain })]],
    adopted: says(deciding(), events.adopted),
    failed: [
      ['has its hands free', deciding({ busy }), events.failed, 57, deciding()],
      ['keeps its word', deciding({ busy, stands: pledged }), events.failed, 57, deciding({ stands: pledged })],
    ],
  },
  adopting: {
    block: says(adopting, block({ decided: B }), 61),
    opened: says(adopting, events.opened),
    judged: says(adopting, events.judged),
    made: says(adopting, events.made),
    checked: says(adopting, events.checked),
    stood: says(adopting, events.stood),
    adopted: [['is done with the round', adopting, events.adopted, 57, done]],
    failed: [['is done with the round, and catches up when it opens the next', adopting, events.failed, 57, done]],
  },
};

describe.each(Object.entries(table))('a validator that is %s', (_, rows) => {
  describe.each(Object.entries(rows))('at “%s”', (__, cases: readonly Row<StateKind, EventKind>[]) => {
    it.each(cases.map((row) => ({ does: row[0], block: row[3], row })))('$does (block $block)', ({ row }) => {
      const [, from, event, at, to, effects = []] = row;
      const before = structuredClone(from);
      expect(validatorRound(from, event, { block: at, timing })).toEqual({ state: to === 'same' ? from : to, effects });
      expect(from).toEqual(before);
    });
  });
});
