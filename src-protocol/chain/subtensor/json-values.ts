import * as v from 'valibot';
import { alpha, rao } from '../../units.ts';

/** How the library's `toJSON` writes whole numbers: as a number, or in hex where a double would not be exact. */
export const whole = v.pipe(
  v.union([v.pipe(v.number(), v.safeInteger(), v.minValue(0)), v.pipe(v.string(), v.regex(/^0x[\da-f]{1,16}$/))]),
  v.transform((value: number | string) => BigInt(value)),
);

export const raoAmount = v.pipe(
  whole,
  v.transform((amount: bigint) => rao(amount)),
);
export const alphaAmount = v.pipe(
  whole,
  v.transform((amount: bigint) => alpha(amount)),
);
export const hash = v.pipe(
  v.string(),
  v.regex(/^0x[\da-f]{64}$/),
  v.transform((text) => text.slice(2)),
);
