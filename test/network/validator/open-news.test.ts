import { expect, test } from 'vitest';
import { openNews } from '#network/validator/open-news.ts';
import { roundJudged } from '#network/validator/round-news.ts';
import type { ChildMessage } from '#protocol/worker-messages.ts';

const HASH = 'c'.repeat(64);
const manifest = { round: 7, hash: HASH, stateRoot: HASH, evalLoss: 3, announced: 1, selected: 1 };

function setUp() {
  const sent: ChildMessage[] = [];
  return { sent, news: openNews((message) => sent.push(message)) };
}

test('joins to a settled manifest the time that judging its round took', () => {
  const { sent, news } = setUp();
  news.tell(roundJudged({ round: 7, updates: [], ratings: [] }, 1.5));
  news.settled(manifest);
  news.settled({ ...manifest, round: 8 });
  expect(sent.slice(1)).toMatchObject([{ manifest: { judgeSeconds: 1.5 } }, { manifest: { judgeSeconds: null } }]);
});

test('tells of an announcement that nobody has signed, with the reason of its refusal', () => {
  const { sent, news } = setUp();
  news.announced(new Uint8Array([1]), { accepted: false, reason: 'malformed', message: 'no envelope' });
  expect(sent).toEqual([
    {
      kind: 'validator',
      news: { kind: 'announcement', round: null, hotkey: null, result: 'malformed', reason: 'no envelope' },
    },
  ]);
});
