import { ProtocolError } from '#protocol/errors.ts';
import {
  ANNOUNCE_PROTOCOL,
  type AnnounceReply,
  MAX_ANNOUNCEMENT_BYTES,
  MAX_ANNOUNCE_REPLY_BYTES,
  decodeAnnounceReply,
} from '#protocol/peer/announce-protocol.ts';
import { readFrame, writeFrame } from './frames.ts';
import type { Peer } from './peer.ts';
import { useStream } from './use-stream.ts';

export interface AnnounceOptions {
  readonly peer: Peer;
  /** Multiaddr of the receiver, with its peer id. */
  readonly address: string;
  /** At most MAX_ANNOUNCEMENT_BYTES. */
  readonly bytes: Uint8Array;
  /** For the answer, once connected. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 10_000;

/**
 * Pushes one message and waits for the answer.
 * @throws MillraceError PEER_UNREACHABLE, TIMEOUT, ABORTED; ProtocolError when the answer is malformed
 */
export async function announce(options: AnnounceOptions): Promise<AnnounceReply> {
  const { peer, address, bytes, timeoutMs = DEFAULT_TIMEOUT_MS, signal } = options;
  if (bytes.length > MAX_ANNOUNCEMENT_BYTES) {
    throw new ProtocolError(`Announcement of ${bytes.length} bytes, at most ${MAX_ANNOUNCEMENT_BYTES} allowed`);
  }
  const stream = await peer.open(ANNOUNCE_PROTOCOL, address, { signal, stallTimeoutMs: timeoutMs });
  return useStream(stream, { what: `Announcement to ${address}`, timeoutMs, signal }, async () => {
    await writeFrame(stream, bytes);
    await stream.end();
    return decodeAnnounceReply(await readFrame(stream, MAX_ANNOUNCE_REPLY_BYTES));
  });
}
