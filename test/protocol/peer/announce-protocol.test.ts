import { describe, expect, it } from 'vitest';
import { encodeCbor } from '#protocol/envelope.ts';
import { ProtocolError } from '#protocol/errors.ts';
import {
  type AnnounceReply,
  MAX_ANNOUNCE_REPLY_BYTES,
  decodeAnnounceReply,
  encodeAnnounceReply,
} from '#protocol/peer/announce-protocol.ts';

const refusal: AnnounceReply = { accepted: false, reason: 'too-late', message: 'Round 7 closed two blocks ago' };

describe('the reply to an announcement', () => {
  it.each<AnnounceReply>([{ accepted: true }, refusal])('comes back as it was: %o', (reply) => {
    expect(decodeAnnounceReply(encodeAnnounceReply(reply))).toEqual(reply);
  });

  it('is cut to what it may hold, in whatever script it is written', () => {
    const bytes = encodeAnnounceReply({ ...refusal, message: '語'.repeat(5_000) });
    expect(bytes.length).toBeLessThanOrEqual(MAX_ANNOUNCE_REPLY_BYTES);
    expect(decodeAnnounceReply(bytes)).toEqual({ ...refusal, message: '語'.repeat(400) });
  });

  it('is one line for the reader, whatever its sender put in', () => {
    const reply = decodeAnnounceReply(encodeAnnounceReply({ ...refusal, message: 'a\nb\u001b[31mc\u202ed' }));
    expect(reply).toEqual({ ...refusal, message: 'a b [31mc d' });
  });

  it('is refused when truncated anywhere', () => {
    const bytes = encodeAnnounceReply(refusal);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeAnnounceReply(bytes.subarray(0, length))).toThrow(ProtocolError);
    }
  });

  it.each([
    ['no reason', { accepted: false, message: 'no' }],
    ['a reason that is not a code', { accepted: false, reason: 'Too late!', message: 'no' }],
    ['a reason of any length', { accepted: false, reason: 'x'.repeat(49), message: 'no' }],
    ['a message that is too long', { accepted: false, reason: 'x', message: 'y'.repeat(401) }],
    ['an acceptance with a reason', { accepted: true, reason: 'x', message: 'y' }],
    ['neither yes nor no', { accepted: 'maybe' }],
    ['another shape', null],
  ])('is refused with %s', (_what, value) => {
    expect(() => decodeAnnounceReply(encodeCbor(value))).toThrow(ProtocolError);
  });
});
