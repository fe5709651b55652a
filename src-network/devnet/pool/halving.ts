const TOTAL_SUPPLY = 21_000_000_000_000_000n;
const FIRST_EMISSION = 1_000_000_000n;

/**
 * New TAO, or new alpha of a subnet, for each block, given how much there is: 1 until half of 21 million exists, ½ until
 * three quarters do, and so on: 1e9 ÷ 2^⌊log₂(1 ÷ (1 − issuance ÷ supply))⌋. Source:
 * pallets/subtensor/src/coinbase/block_emission.rs (get_block_emission_for_issuance), whose logarithm of 32 binary places can
 * halve a moment earlier or later than this.
 */
export function emissionPerBlock(issuance: bigint): bigint {
  if (issuance >= TOTAL_SUPPLY) return 0n;
  let emission = FIRST_EMISSION;
  for (let left = TOTAL_SUPPLY - issuance; left * 2n <= TOTAL_SUPPLY && emission > 0n; left *= 2n) emission >>= 1n;
  return emission;
}
