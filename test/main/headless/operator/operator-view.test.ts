import { expect, onTestFinished, test } from 'vitest';
import { askOperators } from '#main/headless/operator/ask-operators.ts';
import { DEVNET_MEMBERS, openOperatorView } from '#main/headless/operator/operator-view.ts';
import { temporaryHome } from '../../temporary-home.ts';

test('millrace status sees those who are shown now, and those who come back as new ones', async () => {
  const home = temporaryHome();
  const log = (): void => undefined;
  const view = await openOperatorView({ home, members: DEVNET_MEMBERS, metrics: null, log });
  onTestFinished(() => view.close());
  const seen = async () => {
    const { members } = await askOperators(home, new AbortController().signal);
    return members.map(({ name, state }) => [name, state]);
  };
  view.supervised('validator', { kind: 'stopped' });
  view.show(DEVNET_MEMBERS);
  const others = [
    ['companion-1', 'starting'],
    ['companion-2', 'starting'],
  ];
  expect(await seen()).toEqual([['validator', 'stopped'], ...others]);
  view.show([]);
  view.supervised('validator', { kind: 'stopped' });
  expect(await seen()).toEqual([]);
  view.show(DEVNET_MEMBERS);
  expect(await seen()).toEqual([['validator', 'starting'], ...others]);
});
