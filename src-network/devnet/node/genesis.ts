import * as v from 'valibot';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { amountRao, checkedColdkey } from '#protocol/chain/wire-values.ts';
import { publicKeyOf } from '#protocol/keys.ts';
import { issue } from '../runtime/money.ts';
import { type Changes, State } from '../runtime/state.ts';
import { faucetAddress } from './faucet.ts';

/** In the state, so that chains with different ids have different genesis hashes, and nothing signed for one is valid on another. */
const CHAIN_ID_KEY = toHex(utf8(':millrace:chain_id'));
/** All TAO that there can ever be. */
const MAX_ISSUANCE_RAO = 21_000_000n * 1_000_000_000n;

/** Checks what a new devnet is described by; its messages name the field. */
export const genesisSchema = v.strictObject({
  /** What clients show, e.g. "Millrace devnet". */
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
  chainId: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'lower-case letters, digits and -, at most 64')),
  /** What the faucet's account (`//Alice`) begins with. Nobody has more rights than others: there is no sudo. */
  faucetRao: amountRao,
  balances: v.pipe(
    v.array(v.strictObject({ account: checkedColdkey, amountRao })),
    v.maxLength(10_000),
    v.check((list) => new Set(list.map(({ account }) => account)).size === list.length, 'an account is listed twice'),
  ),
});
export type Genesis = v.InferOutput<typeof genesisSchema>;

/** As it is stored: what the schema reads. */
export const genesisText = (genesis: Genesis): string =>
  JSON.stringify(genesis, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

/**
 * The state of block 0.
 * @param extra puts in what else there is, e.g. subnets
 * @throws RangeError when it is more TAO than there can be
 */
export function genesisState({ chainId, faucetRao, balances }: Genesis, extra: (state: State) => void): Changes {
  const state = new State({ raw: () => null, keys: () => [] });
  const all = [{ account: faucetAddress(), amountRao: faucetRao }, ...balances];
  if (all.reduce((sum, each) => sum + each.amountRao, 0n) > MAX_ISSUANCE_RAO)
    throw new RangeError('The genesis gives out more than 21 million TAO');
  for (const { account, amountRao: amount } of all) {
    issue({ state, deposit: () => undefined }, publicKeyOf(account), amount);
  }
  extra(state);
  return new Map([[CHAIN_ID_KEY, utf8(chainId)], ...state.changes]);
}
