import { compactToU8a } from '@polkadot/util/compact/toU8a';
import { blake2AsU8a } from '@polkadot/util-crypto/blake2/asU8a';
import { concatBytes, toHex } from '../bytes.ts';
import type { Hotkey } from '../ids.ts';
import { publicKeyOf } from '../keys.ts';
import type { RevealedWeights } from './chain-client.ts';

/**
 * The hash by which a hotkey commits to weights that it reveals later: BLAKE2b-256 of public key, subnet (u16), uids, values and
 * salt (a list of u16 each) and version (u64), in SCALE. Hex, 64 digits. Source: opentensor/subtensor,
 * pallets/subtensor/src/subnets/weights.rs (get_commit_hash); the subnet's first mechanism has the subnet's number as its index.
 */
export function weightCommitHash(
  hotkey: Hotkey,
  netuid: number,
  { weights, salt, versionKey }: RevealedWeights,
): string {
  const uids = weights.map(({ uid }) => uid);
  const values = weights.map(({ weight }) => weight);
  const version = new Uint8Array(8);
  new DataView(version.buffer).setBigUint64(0, versionKey, true);
  const lists = [uids, values, salt].flatMap((list) => [compactToU8a(list.length), u16s(list)]);
  return toHex(blake2AsU8a(concatBytes(publicKeyOf(hotkey), u16s([netuid]), ...lists, version), 256));
}

function u16s(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(2 * values.length);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => view.setUint16(2 * index, value, true));
  return bytes;
}
