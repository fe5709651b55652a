import * as v from 'valibot';
import type { Coldkey, Hotkey, Uid } from '../ids.ts';
import { publicKeyOf } from '../keys.ts';
import type { Rao } from '../units.ts';

/** Values as they cross JSON: amounts are decimal strings, addresses are SS58. */
const SS58 = /^[1-9A-HJ-NP-Za-km-z]{47,48}$/;
const MAX_U64 = (1n << 64n) - 1n;

export const hash32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not 64 hex digits'));
export const u16 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535));
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

export const uid = v.pipe(
  u16,
  v.transform((value) => value as Uid),
);

const address = v.pipe(v.string(), v.regex(SS58, 'not an SS58 address'));
const hotkey = v.pipe(
  address,
  v.transform((text) => text as Hotkey),
);
const coldkey = v.pipe(
  address,
  v.transform((text) => text as Coldkey),
);

/** Also checks the checksum: for an address about to be written down for ever. */
export const checkedHotkey = v.pipe(
  hotkey,
  v.check((text) => hasChecksum(text), 'an SS58 address with a wrong checksum'),
);
export const checkedColdkey = v.pipe(
  coldkey,
  v.check((text) => hasChecksum(text), 'an SS58 address with a wrong checksum'),
);

export const amountRao = v.pipe(
  v.string(),
  v.regex(/^\d{1,20}$/, 'not an amount in rao'),
  v.transform((text) => BigInt(text) as Rao),
  v.check((amount) => amount <= MAX_U64, 'more than 2^64−1 rao'),
);

function hasChecksum(text: string): boolean {
  try {
    publicKeyOf(text);
    return true;
  } catch {
    return false;
  }
}
