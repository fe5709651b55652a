import { describe, expect, it } from 'vitest';
import { MAX_PENDING, nextWeightAction, type PendingCommit } from '#network/validator/weights/weight-plan.ts';
import type { CommitTerms } from '#protocol/chain/chain-client.ts';
import type { Uid } from '#protocol/ids.ts';

const terms = (change: Partial<CommitTerms> = {}): CommitTerms => ({
  ...{ kind: 'commit-reveal', epoch: 20, revealPeriodEpochs: 1, versionKey: 0n, uid: 0 as Uid, canCommit: true },
  ...{ commits: [] },
  ...change,
});
const pending = (hash: string, epoch: number, versionKey = 0n): PendingCommit => ({
  ...{ hash, epoch, versionKey, salt: [1], weights: [{ uid: 1 as Uid, weight: 1 }] },
});
const wait = { kind: 'wait' };

describe('where weights are open', () => {
  it('new ones are set, and without any nothing is done', () => {
    expect(nextWeightAction({ kind: 'open' }, [], true)).toEqual({ kind: 'set' });
    expect(nextWeightAction({ kind: 'open' }, [], false)).toEqual(wait);
  });

  it('commits of the time before are dropped first', () => {
    expect(nextWeightAction({ kind: 'open' }, [pending('a', 20)], true)).toMatchObject({ kind: 'forget' });
  });
});

it('where the chain has no form that Millrace makes, new weights are refused in its words', () => {
  const unsupported = { kind: 'unsupported', why: 'drand only' } as const;
  expect(nextWeightAction(unsupported, [], true)).toEqual({ kind: 'refuse', why: 'drand only' });
  expect(nextWeightAction(unsupported, [pending('a', 20)], false)).toEqual(wait);
});

describe('where weights are committed to', () => {
  it('new ones are committed to in an epoch that has no commit yet', () => {
    expect(nextWeightAction(terms(), [], true)).toEqual({ kind: 'commit', terms: terms() });
    expect(nextWeightAction(terms(), [], false)).toEqual(wait);
    const other = terms({ revealPeriodEpochs: 3, commits: [{ hash: 'a', epoch: 19 }] });
    expect(nextWeightAction(other, [pending('a', 19)], true)).toMatchObject({ kind: 'commit' });
  });

  it.each([
    ['the chain has one of this epoch', terms({ commits: [{ hash: 'a', epoch: 20 }] }), pending('a', 20)],
    ['one may be on its way', terms(), pending('a', 20)],
    ['one of the last epoch came in this one', terms({ commits: [{ hash: 'a', epoch: 20 }] }), pending('a', 19)],
  ])('none is committed to again while %s', (_, now, made) => {
    expect(nextWeightAction(now, [made], true)).toEqual(wait);
  });

  it('they wait while the chain takes no further commit', () => {
    expect(nextWeightAction(terms({ canCommit: false }), [], true)).toEqual(wait);
    const ten = Array.from({ length: 10 }, (_, n) => ({ hash: `other ${n}`, epoch: 19 }));
    expect(nextWeightAction(terms({ commits: ten }), [], true)).toEqual(wait);
    const overdue = ten.map((each) => ({ ...each, epoch: 18 }));
    expect(nextWeightAction(terms({ commits: overdue }), [], true)).toMatchObject({ kind: 'commit' });
    const lost = Array.from({ length: MAX_PENDING }, (_, n) => pending(`lost ${n}`, 19));
    expect(nextWeightAction(terms({ revealPeriodEpochs: 9 }), lost, true)).toEqual(wait);
  });

  it('a commit is revealed in the epoch that is its period after its own, and in none before', () => {
    const commits = [{ hash: 'a', epoch: 17 }];
    const at = (epoch: number) =>
      nextWeightAction(terms({ epoch, revealPeriodEpochs: 3, commits }), [pending('a', 17)], false);
    expect(at(17)).toEqual(wait);
    expect(at(19)).toEqual(wait);
    expect(at(20)).toEqual({ kind: 'reveal', commit: pending('a', 17), settles: ['a'] });
    expect(at(21)).toMatchObject({ kind: 'forget', why: expect.stringContaining('epoch 20') as string });
  });

  it('the epoch counts in which a block took it, whatever it was meant for', () => {
    const commits = [{ hash: 'a', epoch: 19 }];
    expect(nextWeightAction(terms({ commits }), [pending('a', 18)], false)).toMatchObject({ kind: 'reveal' });
  });

  it('a commit is revealed before the next one is made', () => {
    const commits = [{ hash: 'a', epoch: 19 }];
    expect(nextWeightAction(terms({ commits }), [pending('a', 19)], true)).toMatchObject({ kind: 'reveal' });
  });

  it('of several of one epoch the newest is revealed, which settles the others', () => {
    const commits = ['a', 'b', 'strange'].map((hash) => ({ hash, epoch: 19 }));
    const mine = [pending('a', 19), pending('b', 19)];
    const now = terms({ commits: [...commits, { hash: 'c', epoch: 20 }] });
    expect(nextWeightAction(now, [...mine, pending('c', 20)], false)).toEqual({
      ...{ kind: 'reveal', commit: mine[1], settles: ['a', 'b'] },
    });
  });

  it('one that the chain does not have is not revealed, and dropped when its time is over', () => {
    expect(nextWeightAction(terms(), [pending('a', 19)], false)).toEqual(wait);
    expect(nextWeightAction(terms(), [pending('a', 18)], false)).toMatchObject({ kind: 'forget' });
  });

  it('one of an older version than the subnet takes now is dropped, and may be replaced', () => {
    const now = terms({ versionKey: 5n, commits: [{ hash: 'a', epoch: 19 }] });
    expect(nextWeightAction(now, [pending('a', 19, 4n)], true)).toMatchObject({ kind: 'forget' });
    expect(nextWeightAction(now, [pending('a', 19, 5n)], true)).toMatchObject({ kind: 'reveal' });
    expect(nextWeightAction(now, [], true)).toMatchObject({ kind: 'commit' });
  });

  it('one of an epoch far ahead is another chain’s', () => {
    expect(nextWeightAction(terms(), [pending('a', 21)], false)).toEqual(wait);
    expect(nextWeightAction(terms(), [pending('a', 22)], false)).toMatchObject({ kind: 'forget' });
  });
});
