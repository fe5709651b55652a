import { assertNever } from '#protocol/assert-never.ts';
import type { ValidatorNews, WorkerRating } from '#protocol/validator-news.ts';
import { shortHash, shortHotkey } from '../words.ts';
import type { Entry } from './entry.ts';

/**
 * A validator's news as log entries: one for each rating, so that a search for a worker finds them all. What the process also warns
 * of has no words here, or a person would read it twice.
 */
export function entriesOfNews(news: ValidatorNews): readonly Entry[] {
  switch (news.kind) {
    case 'round-opened': {
      const { kind, ...fields } = news;
      const place = news.rank === null ? 'no validator' : `validator ${news.rank + 1} of ${news.validators} by stake`;
      return [
        { level: 'info', event: kind, fields, words: `round ${news.round}   opened at step ${news.step}   ${place}` },
      ];
    }
    case 'announcement':
      return [announcementEntry(news)];
    case 'judged': {
      const { round, announced, seconds } = news;
      const judged: Entry = {
        ...{ level: 'info', event: 'round-judged', fields: { round, announced, seconds } },
        words: `round ${round}   ${announced} updates judged in ${seconds.toFixed(1)} s`,
      };
      return [judged, ...news.ratings.map((rating) => ratingEntry(round, rating))];
    }
    case 'manifest-made': {
      const { kind, ...fields } = news;
      return [
        { level: 'info', event: kind, fields, words: `round ${news.round}   made manifest ${shortHash(news.hash)}` },
      ];
    }
    case 'manifest-checked':
      return [checkEntry(news)];
    case 'vote': {
      const { round, hash } = news;
      const words = `round ${round}   voted for manifest ${shortHash(hash)}`;
      return [{ level: 'info', event: 'vote-cast', fields: { round, hash }, words }];
    }
    case 'round-dropped': {
      const { kind, ...fields } = news;
      return [{ level: 'warning', event: kind, fields, words: null }];
    }
    default:
      return assertNever(news, 'news of a validator');
  }
}

function announcementEntry({ round, hotkey, result, reason }: Extract<ValidatorNews, { kind: 'announcement' }>): Entry {
  if (result === 'accepted') {
    const words = `round ${round ?? '–'}   accepted ${shortHotkey(hotkey ?? '')}`;
    return { level: 'info', event: 'announcement-accepted', fields: { round, hotkey }, words };
  }
  return {
    ...{ level: 'warning', event: 'announcement-refused', fields: { round, hotkey, result, reason } },
    words: null,
  };
}

function ratingEntry(round: number, rating: WorkerRating): Entry {
  const { hotkey, score, reputation, reason, merged } = rating;
  const words = [
    `round ${round}`,
    shortHotkey(hotkey),
    `score ${score.toFixed(1)}`,
    `reputation ${reputation === null ? '–' : reputation.toFixed(1)}`,
    merged ? 'merged' : 'not merged',
    reason,
  ];
  return { level: 'info', event: 'worker-rated', fields: { round, ...rating }, words: words.join('   ') };
}

function checkEntry(news: Extract<ValidatorNews, { kind: 'manifest-checked' }>): Entry {
  const { round, hash, signer, verdict, reason } = news;
  const fields = { round, hash, signer, verdict, reason };
  if (verdict === 'fair') {
    return {
      level: 'info',
      event: 'manifest-accepted',
      fields,
      words: `round ${round}   manifest ${shortHash(hash)} is fair`,
    };
  }
  const event = verdict === 'unavailable' ? 'manifest-unavailable' : 'manifest-refused';
  return { level: 'warning', event, fields, words: null };
}
