/** Binary places of shares and prices. */
const PLACES = 64n;
const ONE = 1n << PLACES;

export interface EmittedSubnet {
  readonly netuid: number;
  /** The slow average, with 64 binary places. */
  readonly movingPriceBits: bigint;
  /** The part of mining pay that its owner withheld, with 64 binary places. */
  readonly withheldBits: bigint;
  /** Off: its part goes to the others. */
  readonly isEnabled: boolean;
}

/**
 * Which part of a block's new TAO a subnet gets: by its average price, less what its owner withheld from miners. Source:
 * pallets/subtensor/src/coinbase/subnet_emissions.rs (get_shares, get_shares_price_ema, get_subnet_block_emissions), in
 * U64F64. Shares are rounded down. They are 0 while all prices are.
 * @returns rao, in the order of the subnets
 */
export function splitBlockEmission(subnets: readonly EmittedSubnet[], blockRao: bigint): readonly bigint[] {
  const byPrice = normalised(subnets.map(({ movingPriceBits }) => movingPriceBits));
  const weighted = byPrice.map((share, index) => {
    const withheld = subnets[index]?.withheldBits ?? 0n;
    return (share * (withheld > ONE ? 0n : ONE - withheld)) >> PLACES;
  });
  const shares = total(weighted) > 0n ? normalised(weighted) : byPrice;
  return ofEnabled(subnets, shares).map((share) => (blockRao * share) >> PLACES);
}

function ofEnabled(subnets: readonly EmittedSubnet[], shares: readonly bigint[]): readonly bigint[] {
  if (subnets.every(({ isEnabled }) => isEnabled)) return shares;
  return normalised(shares.map((share, index) => (subnets[index]?.isEnabled === true ? share : 0n)));
}

const total = (values: readonly bigint[]): bigint => values.reduce((sum, value) => sum + value, 0n);

function normalised(values: readonly bigint[]): readonly bigint[] {
  const sum = total(values);
  return values.map((value) => (sum === 0n ? 0n : (value << PLACES) / sum));
}
