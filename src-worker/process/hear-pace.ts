import * as v from 'valibot';
import { workShareSchema } from '#protocol/start-messages.ts';
import type { ParentChannel } from './parent-channel.ts';

const paceMessage = v.strictObject({ kind: v.literal('pace'), share: workShareSchema });

/** Calls its listener with the newest share at once, if the parent has said one, and with every later one. */
export type FollowShare = (listener: (share: number) => void) => void;

/** Hears the parent's `pace` messages from now on, so that none is lost before somebody follows them. */
export function hearPace(channel: Pick<ParentChannel, 'onMessage' | 'send'>): FollowShare {
  let newest: number | null = null;
  let follow: (share: number) => void = () => undefined;
  channel.onMessage((message) => {
    if (typeof message !== 'object' || message === null || !('kind' in message) || message.kind !== 'pace') return;
    const parsed = v.safeParse(paceMessage, message);
    if (!parsed.success) {
      const reason = `A pace message of the parent breaks the format (${parsed.issues[0].message}); the pace stays`;
      channel.send({ kind: 'log', level: 'warning', message: reason });
      return;
    }
    newest = parsed.output.share;
    follow(newest);
  });
  return (listener) => {
    follow = listener;
    if (newest !== null) listener(newest);
  };
}
