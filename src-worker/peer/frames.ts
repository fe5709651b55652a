import { FRAME_HEADER_BYTES, encodeFrame, parseFrameHeader } from '#protocol/peer/frame.ts';
import type { PeerStream } from './peer-stream.ts';

/** Reads one frame. @throws FrameTooLarge before reading more than the header; ProtocolError when malformed or truncated */
export async function readFrame(stream: PeerStream, maxBytes: number): Promise<Uint8Array> {
  const header = await stream.readExactly(FRAME_HEADER_BYTES);
  return stream.readExactly(parseFrameHeader(header, maxBytes));
}

export const writeFrame = (stream: PeerStream, payload: Uint8Array): Promise<void> =>
  stream.write(encodeFrame(payload));
