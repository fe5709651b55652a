import { assertNever } from '#protocol/assert-never.ts';
import type { ValidatorNews } from '#protocol/validator-news.ts';
import type { ValidatorStatus } from './member-status.ts';

/** A validator's status after a piece of news. */
export function afterNews(status: ValidatorStatus, news: ValidatorNews): ValidatorStatus {
  switch (news.kind) {
    case 'round-opened': {
      const { round, step, rank, validators } = news;
      return { ...status, ...{ round, step, rank, validators }, phase: 'gathering', gathered: 0, refused: 0 };
    }
    case 'announcement':
      return news.result === 'accepted'
        ? { ...status, gathered: status.gathered + 1 }
        : { ...status, refused: status.refused + 1 };
    case 'judged':
      return { ...status, phase: 'deciding', ratedRound: news.round, ratings: news.ratings };
    case 'round-dropped':
      return { ...status, phase: 'dropped' };
    case 'manifest-made':
    case 'manifest-checked':
    case 'vote':
      return status;
    default:
      return assertNever(news, 'news of a validator');
  }
}
