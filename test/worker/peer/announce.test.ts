import { describe, expect, it, vi } from 'vitest';
import { ProtocolError } from '#protocol/errors.ts';
import {
  ANNOUNCE_PROTOCOL,
  type AnnounceReply,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_ANNOUNCE_REPLY_BYTES,
  decodeAnnounceReply,
} from '#protocol/peer/announce-protocol.ts';
import { encodeFrame } from '#protocol/peer/frame.ts';
import { announce } from '#worker/peer/announce.ts';
import { readFrame } from '#worker/peer/frames.ts';
import { type HandleAnnouncementsOptions, handleAnnouncements } from '#worker/peer/handle-announcements.ts';
import type { Peer } from '#worker/peer/peer.ts';
import type { PeerStream } from '#worker/peer/peer-stream.ts';
import { pattern } from './pattern.ts';
import { addressOf, testPeer } from './test-peers.ts';

const accept = (): Promise<AnnounceReply> => Promise.resolve({ accepted: true });

interface Receiver {
  readonly peer: Peer;
  readonly address: string;
  readonly handler: ReturnType<typeof vi.fn<(bytes: Uint8Array, remotePeerId: string) => Promise<AnnounceReply>>>;
  readonly warn: ReturnType<typeof vi.fn<(message: string) => void>>;
}

async function receiver(options: Omit<HandleAnnouncementsOptions, 'warn'> = {}): Promise<Receiver> {
  const warn = vi.fn<(message: string) => void>();
  const handler = vi.fn<(bytes: Uint8Array, remotePeerId: string) => Promise<AnnounceReply>>(accept);
  const peer = await testPeer(warn);
  await handleAnnouncements(peer, handler, { warn, ...options });
  return { peer, address: addressOf(peer), handler, warn };
}

/** Sends raw bytes instead of a proper message, and reads the answer. */
async function answerTo(address: string, bytes: Uint8Array, close = true): Promise<AnnounceReply> {
  const stream = await (await testPeer()).open(ANNOUNCE_PROTOCOL, address);
  await stream.write(bytes);
  if (close) await stream.end();
  return decodeAnnounceReply(await readFrame(stream, MAX_ANNOUNCE_REPLY_BYTES));
}

async function hostileReceiver(handler: (stream: PeerStream) => Promise<void>): Promise<string> {
  const peer = await testPeer();
  await peer.handle(ANNOUNCE_PROTOCOL, handler);
  return addressOf(peer);
}

describe('an announcement', () => {
  it.each([0, 1, MAX_ANNOUNCEMENT_BYTES])('of %d bytes arrives as it was, with its sender', async (sizeBytes) => {
    const { address, handler } = await receiver();
    const [peer, bytes] = [await testPeer(), pattern(sizeBytes)];
    expect(await announce({ peer, address, bytes })).toEqual({ accepted: true });
    expect(handler).toHaveBeenCalledExactlyOnceWith(bytes, peer.peerId);
  });

  it('may be refused with a reason', async () => {
    const { address, handler } = await receiver();
    const refusal: AnnounceReply = { accepted: false, reason: 'too-late', message: 'Round 7 is closed' };
    handler.mockResolvedValue(refusal);
    expect(await announce({ peer: await testPeer(), address, bytes: pattern(10) })).toEqual(refusal);
  });

  it('is not sent when it is too large', async () => {
    const { address, handler } = await receiver();
    const bytes = new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1);
    await expect(announce({ peer: await testPeer(), address, bytes })).rejects.toBeInstanceOf(ProtocolError);
    expect(handler).not.toHaveBeenCalled();
  });

  it('is one of many that arrive, however many are sent at once', async () => {
    const { address, handler } = await receiver();
    const peer = await testPeer();
    const messages = Array.from({ length: 30 }, (_, i) => pattern(100, i));
    await Promise.all(messages.map((bytes) => announce({ peer, address, bytes })));
    expect(handler).toHaveBeenCalledTimes(30);
  });
});

describe('a receiver of announcements', () => {
  it('refuses an oversized length before anything behind it is read', async () => {
    const { address, handler } = await receiver();
    const header = encodeFrame(new Uint8Array(MAX_ANNOUNCEMENT_BYTES + 1)).subarray(0, 5);
    // Nothing follows the header and the stream stays open: only the length can have led to the answer.
    const reply = await answerTo(address, header, false);
    expect(reply).toMatchObject({ accepted: false, reason: 'too-large' });
    expect(handler).not.toHaveBeenCalled();
  });

  it.each([
    ['another version', new Uint8Array([9, 0, 0, 0, 0])],
    ['a truncated header', new Uint8Array([1, 0])],
    ['a truncated message', encodeFrame(pattern(100)).subarray(0, 60)],
    ['nothing', new Uint8Array(0)],
  ])('refuses %s', async (_what, bytes) => {
    const { address, handler } = await receiver();
    expect(await answerTo(address, bytes)).toMatchObject({ accepted: false, reason: 'malformed' });
    expect(handler).not.toHaveBeenCalled();
  });

  it('drops a peer that stops in the middle of its message, and hears the others', async () => {
    const { address, handler } = await receiver({ stallTimeoutMs: 500 });
    const stream = await (await testPeer()).open(ANNOUNCE_PROTOCOL, address);
    await stream.write(encodeFrame(pattern(100)).subarray(0, 60));
    await expect(readFrame(stream, 100)).rejects.toMatchObject({ code: 'PEER_UNREACHABLE' });
    expect(await announce({ peer: await testPeer(), address, bytes: pattern(1) })).toEqual({ accepted: true });
    expect(handler).toHaveBeenCalledOnce();
  });

  it('answers "internal" when its handler throws, says so in the log, and goes on', async () => {
    const { address, handler, warn } = await receiver();
    handler.mockRejectedValueOnce(new Error('disk on fire'));
    const peer = await testPeer();
    const reply = await announce({ peer, address, bytes: pattern(1) });
    expect(reply).toMatchObject({ accepted: false, reason: 'internal' });
    expect(JSON.stringify(reply)).not.toContain('fire');
    expect(warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('disk on fire'));
    expect(await announce({ peer, address, bytes: pattern(1) })).toEqual({ accepted: true });
  });

  it('refuses a peer that sends too many in a minute, and hears the others', async () => {
    let nowMs = 0;
    const { address, handler } = await receiver({ maxPerMinute: 2, nowMs: () => nowMs });
    const [busy, calm] = [await testPeer(), await testPeer()];
    const send = (peer: Peer): Promise<AnnounceReply> => announce({ peer, address, bytes: pattern(1) });
    expect([await send(busy), await send(busy)]).toEqual([{ accepted: true }, { accepted: true }]);
    expect(await send(busy)).toMatchObject({ accepted: false, reason: 'too-many' });
    expect(await send(calm)).toEqual({ accepted: true });
    nowMs = 60_000;
    expect(await send(busy)).toEqual({ accepted: true });
    expect(handler).toHaveBeenCalledTimes(4);
  });
});

describe('a sender of announcements', () => {
  it('says that nobody is there', async () => {
    const gone = await testPeer();
    const address = addressOf(gone);
    await gone.stop();
    await expect(announce({ peer: await testPeer(), address, bytes: pattern(1) })).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
  });

  it('says that the one who is there is another than it meant', async () => {
    const [meant, actual] = [await testPeer(), await receiver()];
    const address = actual.address.replace(actual.peer.peerId, meant.peerId);
    await expect(announce({ peer: await testPeer(), address, bytes: pattern(1) })).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
    expect(actual.handler).not.toHaveBeenCalled();
  });

  it('says that the receiver does not speak the protocol', async () => {
    const address = addressOf(await testPeer());
    await expect(announce({ peer: await testPeer(), address, bytes: pattern(1) })).rejects.toMatchObject({
      code: 'PEER_UNREACHABLE',
    });
  });

  it('gives up on a receiver that does not answer', async () => {
    const address = await hostileReceiver((stream) => stream.closed);
    const sending = announce({ peer: await testPeer(), address, bytes: pattern(1), timeoutMs: 60 });
    await expect(sending).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('stops when its caller does', async () => {
    const controller = new AbortController();
    const address = await hostileReceiver(async (stream) => {
      controller.abort();
      await stream.closed;
    });
    const { signal } = controller;
    const sending = announce({ peer: await testPeer(), address, bytes: pattern(1), signal });
    await expect(sending).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it.each([
    ['garbage', pattern(3000)],
    ['an oversized answer', encodeFrame(new Uint8Array(MAX_ANNOUNCE_REPLY_BYTES + 1))],
    ['an answer that is none', encodeFrame(new Uint8Array([1, 2, 3]))],
    ['half an answer', encodeFrame(new Uint8Array(100)).subarray(0, 50)],
  ])('refuses %s', async (_what, bytes) => {
    const address = await hostileReceiver((stream) => stream.write(bytes));
    await expect(announce({ peer: await testPeer(), address, bytes: pattern(1) })).rejects.toBeInstanceOf(
      ProtocolError,
    );
  });
});
