import { formatTao, parseAlpha, parseRao, rao, RAO_PER_TAO } from '#protocol/units.ts';

const grouped = new Intl.NumberFormat('en');

/**
 * An amount for the screen, without its unit: `1,234.5678`, and six decimals between zero and one TAO, so that a first
 * small reward is not shown as nothing. Cut, never rounded up.
 */
export function taoText(amountRao: string): string {
  const amount = parseRao(amountRao);
  const [whole, fraction] = formatTao(amount, amount > 0n && amount < RAO_PER_TAO ? 6 : 4).split('.');
  return `${grouped.format(BigInt(whole ?? '0'))}.${fraction ?? ''}`;
}

/** An amount of a subnet's token, which has as many decimals; its unit is never TAO. */
export const alphaText = (amountAlpha: string): string => taoText(parseAlpha(amountAlpha).toString());

export const exactAlphaText = (amountAlpha: string): string => `${formatTao(rao(parseAlpha(amountAlpha)), 9)} alpha`;

/** All nine decimals, for a tooltip. */
export const exactTaoText = (amountRao: string): string => `${formatTao(parseRao(amountRao), 9)} TAO`;
