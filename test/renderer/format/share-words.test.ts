import { expect, test } from 'vitest';
import { percentText, secondsText } from '#renderer/format/share-words.ts';

test.each([
  [0.1, '10 %', 'works 1 of 10 seconds'],
  [0.35, '35 %', 'works 3.5 of 10 seconds'],
  [0.57, '57 %', 'works 5.7 of 10 seconds'],
  [1, '100 %', 'works all the time'],
])('a share of %d is %s of the time, and %s', (share, percent, seconds) => {
  expect([percentText(share), secondsText(share)]).toEqual([percent, seconds]);
});
