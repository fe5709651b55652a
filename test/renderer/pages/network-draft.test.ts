import { expect, test } from 'vitest';
import type { NetworkChoice } from '#protocol/contract/state.ts';
import {
  choiceOf,
  draftOf,
  draftProblems,
  isChanged,
  withChain,
} from '../../../src-renderer/pages/settings/network-draft.ts';

const finney: NetworkChoice = { chain: 'finney', customEndpoints: ['wss://a', 'wss://b'], netuid: 3 };

test('begins with what is saved, and has nothing to send', () => {
  const draft = draftOf(finney);
  expect(isChanged(draft, finney)).toBe(false);
  expect(choiceOf(draft, finney)).toEqual(finney);
  expect(draftProblems(draft)).toEqual({ endpoints: null, netuid: null });
});

test('asks for the subnet anew on another chain, and knows it again on the saved one', () => {
  const other = withChain(draftOf(finney), 'test', finney);
  expect(isChanged(other, finney)).toBe(true);
  expect(draftProblems(other).netuid).toContain('whole number');
  expect(withChain(other, 'finney', finney)).toEqual(draftOf(finney));
  expect(draftProblems(withChain(other, 'devnet', finney))).toEqual({ endpoints: null, netuid: null });
});

test.each(['', '-1', '1.5', '65536', 'three'])('does not take "%s" for a subnet', (netuidText) => {
  expect(draftProblems({ ...draftOf(finney), netuidText }).netuid).not.toBeNull();
});

test('reads addresses by line, and says what is wrong with them', () => {
  const custom = { ...withChain(draftOf(finney), 'custom', finney), netuidText: '12' };
  expect(choiceOf({ ...custom, endpointsText: ' wss://c \n\nws://127.0.0.1:9944\n' }, finney)).toEqual({
    ...{ chain: 'custom', customEndpoints: ['wss://c', 'ws://127.0.0.1:9944'], netuid: 12 },
  });
  const problem = (endpointsText: string) => draftProblems({ ...custom, endpointsText }).endpoints;
  expect(problem('')).toContain('At least one');
  expect(problem('wss://a\n'.repeat(6))).toContain('At most 5');
  expect(problem('wss://a\nws://example.org')).toContain('not encrypted');
});

test('the devnet keeps what was typed for other chains', () => {
  expect(choiceOf(withChain(draftOf(finney), 'devnet', finney), finney)).toEqual({ ...finney, chain: 'devnet' });
});
