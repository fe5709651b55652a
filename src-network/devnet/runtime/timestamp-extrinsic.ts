import { concatBytes } from '#protocol/bytes.ts';
import { compactU32 } from '../scale/primitives.ts';
import type { Extrinsic } from './extrinsic.ts';
import type { Runtime } from './runtime.ts';

const BARE = Uint8Array.of(4);

/** The first extrinsic of each block, from nobody: what time it is. */
export function timestampExtrinsic({ callType }: Runtime, nowMs: number): Extrinsic {
  const call = { type: 'Timestamp', value: { type: 'set', value: { now: BigInt(nowMs) } } };
  const body = concatBytes(BARE, callType.codec.enc(call));
  return { call, signed: null, encoded: concatBytes(compactU32.codec.enc(body.length), body) };
}
