import * as v from 'valibot';
import type { Coldkey, Hotkey } from '../../ids.ts';
import { alpha, rao } from '../../units.ts';
import { publicKeyOf } from '../../keys.ts';

/** How the library's `toJSON` writes whole numbers: as a number, or in hex where a double would not be exact. */
const whole = v.pipe(
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
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const hash = v.pipe(
  v.string(),
  v.regex(/^0x[\da-f]{64}$/),
  v.transform((text) => text.slice(2)),
);

const address = v.pipe(
  v.string(),
  v.check((text) => publicKeyOf(text).length > 0),
);
export const hotkey = v.pipe(
  address,
  v.transform((text) => text as Hotkey),
);
export const coldkey = v.pipe(
  address,
  v.transform((text) => text as Coldkey),
);
