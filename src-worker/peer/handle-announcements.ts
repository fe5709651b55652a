import { MillraceError, errorMessage } from '#protocol/errors.ts';
import {
  ANNOUNCE_PROTOCOL,
  type AnnounceReply,
  MAX_ANNOUNCEMENT_BYTES,
  REFUSED_INTERNAL,
  REFUSED_MALFORMED,
  REFUSED_TOO_LARGE,
  REFUSED_TOO_MANY,
  encodeAnnounceReply,
} from '#protocol/peer/announce-protocol.ts';
import { FrameTooLarge } from '#protocol/peer/frame.ts';
import { readFrame, writeFrame } from './frames.ts';
import type { Peer } from './peer.ts';
import type { PeerStream } from './peer-stream.ts';
import { RateLimit } from './rate-limit.ts';

export interface HandleAnnouncementsOptions {
  readonly warn: (message: string) => void;
  /** Milliseconds from any fixed instant, never going back. */
  readonly nowMs?: () => number;
  /** Messages that one peer may send in a minute. A worker sends one a round. */
  readonly maxPerMinute?: number;
  readonly stallTimeoutMs?: number;
}

/** Decides on one message; the bytes are at most MAX_ANNOUNCEMENT_BYTES and otherwise unchecked. */
export type AnnouncementHandler = (bytes: Uint8Array, remotePeerId: string) => Promise<AnnounceReply>;

const MINUTE_MS = 60_000;
const DEFAULT_MAX_PER_MINUTE = 60;
const DEFAULT_STALL_TIMEOUT_MS = 5_000;

/** Answers announcements. Whatever a peer sends, the handler sees only whole messages within the limits. */
export async function handleAnnouncements(
  peer: Peer,
  handler: AnnouncementHandler,
  options: HandleAnnouncementsOptions,
): Promise<void> {
  const { warn, nowMs = () => performance.now(), maxPerMinute = DEFAULT_MAX_PER_MINUTE } = options;
  const rate = new RateLimit(maxPerMinute, MINUTE_MS);

  const decide = async (stream: PeerStream): Promise<AnnounceReply> => {
    if (!rate.allow(stream.remotePeerId, nowMs())) {
      return refused(REFUSED_TOO_MANY, `At most ${maxPerMinute} announcements a minute`);
    }
    const bytes = await readMessage(stream);
    if (!(bytes instanceof Uint8Array)) return bytes;
    try {
      return await handler(bytes, stream.remotePeerId);
    } catch (error) {
      warn(`Announcement of ${stream.remotePeerId} failed: ${errorMessage(error)}`);
      return refused(REFUSED_INTERNAL, 'The receiver failed; try again later');
    }
  };

  await peer.handle(
    ANNOUNCE_PROTOCOL,
    async (stream) => writeFrame(stream, encodeAnnounceReply(await decide(stream))),
    { stallTimeoutMs: options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS },
  );
}

async function readMessage(stream: PeerStream): Promise<Uint8Array | AnnounceReply> {
  try {
    return await readFrame(stream, MAX_ANNOUNCEMENT_BYTES);
  } catch (error) {
    if (error instanceof FrameTooLarge) return refused(REFUSED_TOO_LARGE, error.message);
    if (error instanceof MillraceError && error.code === 'PROTOCOL') return refused(REFUSED_MALFORMED, error.message);
    throw error;
  }
}

const refused = (reason: string, message: string): AnnounceReply => ({ accepted: false, reason, message });
