import { concatBytes, uint32Bytes } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';

/**
 * One message on a stream: version (1 byte) ‖ length (u32, little-endian) ‖ that many bytes.
 * The reader takes the header alone, and refuses a length that is too large before anything is read or allocated for it.
 */
export const FRAME_HEADER_BYTES = 5;

const FRAME_VERSION = 1;

export function encodeFrame(payload: Uint8Array): Uint8Array {
  return concatBytes(new Uint8Array([FRAME_VERSION]), uint32Bytes(payload.length), payload);
}

/**
 * Length of the payload that follows this header.
 * @throws FrameTooLarge when it exceeds `maxBytes`
 * @throws ProtocolError when the header is truncated or of another version
 */
export function parseFrameHeader(header: Uint8Array, maxBytes: number): number {
  if (header.length !== FRAME_HEADER_BYTES) throw new ProtocolError('Truncated frame header');
  const view = new DataView(header.buffer, header.byteOffset, FRAME_HEADER_BYTES);
  const version = view.getUint8(0);
  if (version !== FRAME_VERSION) throw new ProtocolError(`Frame of version ${version}, not ${FRAME_VERSION}`);
  const sizeBytes = view.getUint32(1, true);
  if (sizeBytes > maxBytes) throw new FrameTooLarge(sizeBytes, maxBytes);
  return sizeBytes;
}

/** A frame whose header alone shows that it must not be read. */
export class FrameTooLarge extends ProtocolError {
  constructor(sizeBytes: number, maxBytes: number) {
    super(`Frame of ${sizeBytes} bytes, at most ${maxBytes} allowed`);
    this.name = 'FrameTooLarge';
  }
}
