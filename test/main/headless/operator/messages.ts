import type { WorkerRating } from '#protocol/validator-news.ts';
import type { ChildMessage, SettledManifest } from '#protocol/worker-messages.ts';
import { workerRound } from '../../worker-round.ts';

export const HOTKEY = '5Ff1DvrfknqEuf99NxKtCN9tK1cZHsHV7n2AQ2gPZUacvZf1';
export const HASH = 'c'.repeat(64);

export const rating: WorkerRating = { hotkey: HOTKEY, score: 90, reputation: 12.5, reason: 'good', merged: true };

export const manifest: SettledManifest = {
  ...{ round: 7, hash: HASH, stateRoot: 'd'.repeat(64), evalLoss: 3.25, announced: 3, selected: 2, judgeSeconds: 1.5 },
};

export const opened: ChildMessage = {
  kind: 'validator',
  news: { kind: 'round-opened', round: 7, step: 6, rank: 0, validators: 2 },
};
export const accepted: ChildMessage = {
  kind: 'validator',
  news: { kind: 'announcement', round: 7, hotkey: HOTKEY, result: 'accepted', reason: null },
};
export const refused: ChildMessage = {
  kind: 'validator',
  news: { kind: 'announcement', round: 7, hotkey: HOTKEY, result: 'late', reason: '2 blocks too late' },
};
export const judged: ChildMessage = {
  kind: 'validator',
  news: { kind: 'judged', round: 7, announced: 3, seconds: 1.5, ratings: [rating] },
};
export const settled: ChildMessage = { kind: 'manifest', manifest };
export const unfair: ChildMessage = {
  kind: 'validator',
  news: { kind: 'manifest-checked', round: 7, hash: HASH, signer: HOTKEY, verdict: 'unfair', reason: 'not its turn' },
};
export const round: ChildMessage = { kind: 'round', round: { ...workerRound(7, 30), reputation: 12.5 } };
export const vitals = (blobBytesIn: number, blobBytesOut = 0): ChildMessage => ({
  kind: 'vitals',
  vitals: { peers: 3, blobBytesIn, blobBytesOut, residentBytes: 1000 },
});
