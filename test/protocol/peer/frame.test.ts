import { describe, expect, it } from 'vitest';
import { FRAME_HEADER_BYTES, FrameTooLarge, encodeFrame, parseFrameHeader } from '#protocol/peer/frame.ts';

describe('a frame', () => {
  it('has golden bytes: version, length in little-endian, payload', () => {
    expect(encodeFrame(new Uint8Array([7, 8, 9]))).toEqual(new Uint8Array([1, 3, 0, 0, 0, 7, 8, 9]));
  });

  it.each([0, 1, 255, 70_000])('of %d bytes tells its length by its header', (sizeBytes) => {
    const frame = encodeFrame(new Uint8Array(sizeBytes));
    expect(frame.length).toBe(FRAME_HEADER_BYTES + sizeBytes);
    expect(parseFrameHeader(frame.subarray(0, FRAME_HEADER_BYTES), 70_000)).toBe(sizeBytes);
  });

  it('is refused by its header when one byte too large', () => {
    const header = encodeFrame(new Uint8Array(101)).subarray(0, FRAME_HEADER_BYTES);
    expect(parseFrameHeader(header, 101)).toBe(101);
    expect(() => parseFrameHeader(header, 100)).toThrow(FrameTooLarge);
  });

  it('is refused when its length is the largest that the header can say', () => {
    expect(() => parseFrameHeader(new Uint8Array([1, 255, 255, 255, 255]), 1000)).toThrow('4294967295 bytes');
  });

  it.each([0, 2, 255])('of version %d is refused', (version) => {
    expect(() => parseFrameHeader(new Uint8Array([version, 0, 0, 0, 0]), 10)).toThrow(`version ${version}`);
  });

  it.each([0, 1, 4, 6])('with a header of %d bytes is refused', (length) => {
    expect(() => parseFrameHeader(new Uint8Array(length).fill(1), 2 ** 32)).toThrow('Truncated');
  });

  it('is read where its header lies inside of a larger buffer', () => {
    const padded = new Uint8Array([9, 9, 9, ...encodeFrame(new Uint8Array(6))]);
    expect(parseFrameHeader(padded.subarray(3, 3 + FRAME_HEADER_BYTES), 10)).toBe(6);
  });
});
