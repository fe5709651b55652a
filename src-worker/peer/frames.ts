import { FRAME_HEADER_BYTES, encodeFrame, parseFrameHeader } from '#protocol/peer/frame.ts';
import { ProtocolError } from '#protocol/errors.ts';
import type { PeerStream } from './peer-stream.ts';

/** Reads one frame. @throws FrameTooLarge before reading more than the header; ProtocolError when malformed or truncated */
export async function readFrame(stream: PeerStream, maxBytes: number): Promise<Uint8Array> {
  const frame = await readFrameOrEnd(stream, maxBytes);
  if (frame === null) throw new ProtocolError('The stream ended where a frame was due');
  return frame;
}

/** Reads one frame, or null when the other side has closed its end instead of sending one. @throws as readFrame */
export async function readFrameOrEnd(stream: PeerStream, maxBytes: number): Promise<Uint8Array | null> {
  const start = await stream.readSome(FRAME_HEADER_BYTES);
  if (start === null) return null;
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  header.set(start);
  if (start.length < header.length) header.set(await stream.readExactly(header.length - start.length), start.length);
  return stream.readExactly(parseFrameHeader(header, maxBytes));
}

export const writeFrame = (stream: PeerStream, payload: Uint8Array): Promise<void> =>
  stream.write(encodeFrame(payload));
