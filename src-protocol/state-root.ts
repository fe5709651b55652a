import { bytesOf, concatBytes, toHex, uint32Bytes } from './bytes.ts';
import { domainHash } from './hash.ts';
import type { StateRoot } from './ids.ts';

/** Small enough to prove or find one damaged place in a large state. */
const LEAF_BYTES = 1024 * 1024;

/**
 * Merkle root of a model state: leaves of 1 MiB of each tensor's little-endian float32 bytes, each hashed with its place.
 * An odd node moves up unchanged.
 */
export function stateRoot(parameters: readonly Float32Array[]): StateRoot {
  let level: Uint8Array[] = [];
  for (const [tensor, parameter] of parameters.entries()) {
    const bytes = bytesOf(parameter);
    for (let start = 0, leaf = 0; start < bytes.length; start += LEAF_BYTES, leaf += 1) {
      const place = concatBytes(uint32Bytes(tensor), uint32Bytes(leaf));
      level.push(domainHash('millrace/leaf/1', place, bytes.subarray(start, start + LEAF_BYTES)));
    }
  }
  while (level.length > 1) {
    const above: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined) above.push(right === undefined ? left : domainHash('millrace/node/1', left, right));
    }
    level = above;
  }
  return toHex(level[0] ?? domainHash('millrace/leaf/1')) as StateRoot;
}
