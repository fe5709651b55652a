import type { Outcome } from './fault.ts';

/** That a worker's updates were refused for this; `null` when none was. */
export function refusedAs({ replies }: Outcome, worker: number, why: RegExp): string | null {
  const messages = replies.flatMap((one) => (one.worker === worker && !one.reply.accepted ? [one.reply.message] : []));
  const matching = messages.filter((message) => why.test(message));
  return matching.length === 0 ? null : `${matching.length} refused: ${matching[0]?.slice(0, 70)}`;
}
