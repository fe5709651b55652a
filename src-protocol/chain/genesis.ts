import type { ChainName } from '../contract/state.ts';

/** As subtensor's own migrations have it (pallets/subtensor/src/migrations/migrate_fix_bad_hk_swap.rs). */
export const FINNEY_GENESIS = '2f0555cc76fc2840a25a6ea3b9637146806f1f44b090c175ffde2a7e5ab36c03';

/** What was chosen, and its first block (hex, 64 digits); `null` where any chain may answer. */
interface Chosen {
  readonly name: ChainName;
  readonly genesisHash: string | null;
}

/** Why the chain with this first block (hex, 64 digits) is not the one that was chosen, in words; `null` when it may be. */
export function genesisProblem({ name, genesisHash }: Chosen, found: string): string | null {
  if (genesisHash !== null && found !== genesisHash) {
    return `this is not ${name}: its first block is ${found.slice(0, 12)}…, that of ${name} is ${genesisHash.slice(0, 12)}…`;
  }
  // Who chose a chain without value must not find themselves where orders cost money.
  if (name === 'test' && found === FINNEY_GENESIS) return 'this is finney, the main chain, and not the test chain';
  return null;
}
