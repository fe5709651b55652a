import type { AnnounceReply } from '#protocol/peer/announce-protocol.ts';
import { type Announcement, openAnnouncement } from '#protocol/round/announcement.ts';
import type { Hotkey } from '#protocol/ids.ts';
import type { ValidatorNews } from '#protocol/validator-news.ts';
import type { ChildMessage, ManifestSummary } from '#protocol/worker-messages.ts';

/** What goes from a validator to its operator. */
export interface News {
  readonly tell: (news: ValidatorNews) => void;
  /** What was answered to an announcement, whoever sent it. */
  readonly announced: (bytes: Uint8Array, reply: AnnounceReply) => void;
  readonly settled: (manifest: ManifestSummary) => void;
}

/** Sends news to the parent, and joins to a settled manifest the time that judging its round took. */
export function openNews(send: (message: ChildMessage) => void): News {
  let judged: { readonly round: number; readonly seconds: number } | null = null;
  const tell = (news: ValidatorNews): void => {
    if (news.kind === 'judged') judged = news;
    send({ kind: 'validator', news });
  };
  return {
    tell,
    announced: (bytes, reply) => {
      const opened = opener(bytes);
      tell({
        ...{ kind: 'announcement', round: opened?.announcement.round ?? null, hotkey: opened?.hotkey ?? null },
        ...(reply.accepted
          ? { result: 'accepted', reason: null }
          : { result: reply.reason, reason: reply.message.slice(0, 300) }),
      });
    },
    settled: (manifest) => {
      const judgeSeconds = judged?.round === manifest.round ? judged.seconds : null;
      send({ kind: 'manifest', manifest: { ...manifest, judgeSeconds } });
    },
  };
}

/** Read a second time, for the name alone: the gate that decides on it keeps to itself what it has read. */
function opener(bytes: Uint8Array): { readonly hotkey: Hotkey; readonly announcement: Announcement } | null {
  try {
    return openAnnouncement(bytes);
  } catch {
    return null;
  }
}
