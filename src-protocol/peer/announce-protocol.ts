import * as v from 'valibot';
import { check, decodeCbor, encodeCbor } from '../envelope.ts';
import type { StreamProtocol } from './stream-protocol.ts';

/**
 * One message pushed to a peer, one answer. The sender sends one frame with the message (opaque here: a signed envelope) and
 * closes its end; the receiver answers with one frame with an AnnounceReply and closes its end.
 */
export const ANNOUNCE_PROTOCOL: StreamProtocol = {
  id: '/millrace/announce/1.0.0',
  maxInboundPerPeer: 4,
  maxInboundTotal: 256,
  maxOutboundPerPeer: 2,
};

export const MAX_ANNOUNCEMENT_BYTES = 64 * 1024;
export const MAX_ANNOUNCE_REPLY_BYTES = 2048;

/** Reasons that the protocol itself gives; a receiver adds its own in the same form (lower-case words and hyphens). */
export const REFUSED_TOO_LARGE = 'too-large';
export const REFUSED_MALFORMED = 'malformed';
export const REFUSED_TOO_MANY = 'too-many';
export const REFUSED_INTERNAL = 'internal';

export type AnnounceReply =
  | { readonly accepted: true }
  /** `reason` is stable, for programs; `message` is for the owner to read. */
  | { readonly accepted: false; readonly reason: string; readonly message: string };

const MAX_MESSAGE_LENGTH = 400;

const withoutControls = (text: string): string => text.replaceAll(/\p{C}/gu, ' ');

const replySchema = v.variant('accepted', [
  v.strictObject({ accepted: v.literal(true) }),
  v.strictObject({
    accepted: v.literal(false),
    reason: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,47}$/, 'Not a reason code')),
    // A stranger's words end up in logs and on the owner's screen: one line, no control characters.
    message: v.pipe(v.string(), v.maxLength(MAX_MESSAGE_LENGTH), v.transform(withoutControls)),
  }),
]);

/** The message is cut to what a reply may hold. */
export const encodeAnnounceReply = (reply: AnnounceReply): Uint8Array =>
  encodeCbor(reply.accepted ? reply : { ...reply, message: reply.message.slice(0, MAX_MESSAGE_LENGTH) });

/** @throws ProtocolError */
export const decodeAnnounceReply = (data: Uint8Array): AnnounceReply =>
  check(replySchema, decodeCbor(data), 'Reply to an announcement');
