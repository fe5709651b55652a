import { check } from '#protocol/envelope.ts';
import { type Genesis, genesisSchema } from '#network/devnet/node/genesis.ts';

/** A devnet on which only the faucet has anything: a million TAO. */
export const testGenesis = (fields: Readonly<Record<string, unknown>> = {}): Genesis =>
  check(
    genesisSchema,
    { name: 'Test devnet', chainId: 'test-devnet', faucetRao: '1000000000000000', balances: [], ...fields },
    'Genesis',
  );
