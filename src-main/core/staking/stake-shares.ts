import * as v from 'valibot';
import { type Alpha, alpha } from '#protocol/units.ts';

/** A share of a hotkey's alpha as a fraction. */
export interface Share {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

const integer = v.pipe(
  v.union([v.pipe(v.number(), v.safeInteger()), v.pipe(v.string(), v.regex(/^(-?\d{1,40}|0x[\da-f]{1,32})$/))]),
  v.transform((value: number | string) => BigInt(value)),
);
const FRACTION_BITS = 64n;
/** Far more than any share has; it keeps a stranger's number from filling the memory. */
const MAX_EXPONENT = 1_000n;

/** `SafeFloat` of `AlphaV2` and `TotalHotkeySharesV2`: mantissa × 10^exponent. */
export const safeFloat = v.pipe(
  v.object({
    mantissa: integer,
    exponent: v.pipe(
      integer,
      v.check((exponent) => exponent <= MAX_EXPONENT && exponent >= -MAX_EXPONENT),
    ),
  }),
  v.transform(({ mantissa, exponent }): Share =>
    exponent < 0n
      ? { numerator: mantissa, denominator: 10n ** -exponent }
      : { numerator: mantissa * 10n ** exponent, denominator: 1n },
  ),
);

/** `U64F64` of the older `Alpha` and `TotalHotkeyShares`. */
export const fixedPoint = v.pipe(
  v.object({ bits: integer }),
  v.transform(({ bits }): Share => ({ numerator: bits, denominator: 1n << FRACTION_BITS })),
);

/**
 * What a coldkey has of a hotkey's alpha: total × own ÷ all, rounded down. Source: pallets/subtensor/src/staking/stake_utils.rs,
 * primitives/share-pool/src/lib.rs.
 */
export function alphaOfShare(total: Alpha, own: Share, all: Share): Alpha {
  const divisor = own.denominator * all.numerator;
  return alpha(divisor === 0n ? 0n : (total * own.numerator * all.denominator) / divisor);
}
