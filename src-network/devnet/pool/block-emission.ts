import { type Alpha, alpha, type Rao, rao, ZERO_ALPHA, ZERO_RAO } from '#protocol/units.ts';
import { divide, type Fixed, floor, HALF, multiply, proportion, toFixed } from '../fixed32.ts';
import { emissionPerBlock } from './halving.ts';
import { weighedFor, withReserves } from './liquidity.ts';
import { type Pool, priceBits } from './pool.ts';
import { swapTaoForAlpha } from './swap.ts';

/** 11796 ÷ 65535 ≈ 18 %: SubnetOwnerCut (runtime/src/lib.rs). */
export const OWNER_CUT = 11_796;

/** Alpha that waits for the end of the epoch. */
export interface PendingEmission {
  readonly server: Alpha;
  readonly validator: Alpha;
  readonly root: Alpha;
  readonly ownerCut: Alpha;
}

export const NO_PENDING: PendingEmission = {
  server: ZERO_ALPHA,
  validator: ZERO_ALPHA,
  root: ZERO_ALPHA,
  ownerCut: ZERO_ALPHA,
};

/** The influence of stake on root in a subnet. */
export interface RootStake {
  readonly tao: Rao;
  /** u64 proportion: 2^64 − 1 makes 1 TAO on root count as 1 alpha. */
  readonly taoWeight: bigint;
}

export interface BlockEmissionInput {
  readonly pool: Pool;
  readonly pending: PendingEmission;
  /** The subnet's part of the block's new TAO. */
  readonly tao: Rao;
  /** All of its alpha, in the pool and outside. */
  readonly alphaIssuance: Alpha;
  readonly root: RootStake;
  /** u16 proportion. */
  readonly ownerCut: number;
  /** Whether root's part is paid; else it is not kept (`get_network_root_sell_flag`: the prices of all subnets sum to > 1). */
  readonly rootSells: boolean;
}

export interface BlockEmissionResult {
  readonly pool: Pool;
  readonly pending: PendingEmission;
  /** New in the pool, next to each other. */
  readonly taoIn: Rao;
  readonly alphaIn: Alpha;
  /** TAO that bought alpha from the pool, and the alpha, which belongs to the protocol. */
  readonly taoSpent: Rao;
  readonly alphaBought: Alpha;
  /** New alpha for people, of which `pending` has all but root's part when that is not paid, and roundings. */
  readonly alphaOut: Alpha;
  /** TAO that found no use and is not issued. (What a refused purchase leaves lies on the subnet's account on the chain.) */
  readonly taoRecycled: Rao;
}

/**
 * What a subnet gets in a block, e = `emissionPerBlock` of its alpha and r = w·root ÷ (w·root + issuance) root's proportion:
 *
 * - alpha into the pool = min(tao ÷ price, r·e), TAO into the pool = that × price; the other TAO buys alpha without a fee
 * - alpha out = e, 18 % of it to the owner; of the rest, half to servers, half to validators, r of whose half is root's,
 *   this r of the issuance with the block's alpha
 *
 * Source: pallets/subtensor/src/coinbase/run_coinbase.rs (get_subnet_terms, inject_and_maybe_swap, emit_to_subnets) and
 * block_step.rs (root_proportion), in their U96F32 arithmetic and order: weights change first, then the purchase, then the
 * reserves. Without stake on root nothing goes into the pool directly.
 */
export function emitBlock(input: BlockEmissionInput): BlockEmissionResult {
  const alphaOut = emissionPerBlock(input.alphaIssuance);
  const rootShare = rootProportion(input.root, input.alphaIssuance);

  const price = priceBits(input.pool) >> 32n;
  const tao = toFixed(input.tao);
  const matching = divide(tao, price);
  const most = multiply(rootShare, toFixed(alphaOut));
  const [alphaPart, taoPart] = matching > most ? [most, multiply(most, price)] : [matching, tao];
  const excess = rao(floor(tao > taoPart ? tao - taoPart : 0n));

  const weighed = weighedFor(input.pool, rao(floor(taoPart)), alpha(floor(alphaPart)));
  const taoIn = weighed === undefined ? ZERO_RAO : rao(floor(taoPart));
  const alphaIn = weighed === undefined ? ZERO_ALPHA : alpha(floor(alphaPart));
  const purchase = swapTaoForAlpha(weighed ?? input.pool, excess, { withoutFee: true });
  const [bought, taoSpent, alphaBought] =
    purchase.kind === 'swapped'
      ? [purchase.pool, purchase.paidIn, purchase.paidOut]
      : [weighed ?? input.pool, ZERO_RAO, ZERO_ALPHA];

  // Root's part is of what there is after all of this.
  const grown = alpha(input.alphaIssuance + alphaIn + alphaOut);
  return {
    pool: withReserves(bought, taoIn, alphaIn),
    pending: addToPending(input, alphaOut, rootProportion(input.root, grown)),
    taoIn,
    alphaIn,
    taoSpent,
    alphaBought,
    alphaOut: alpha(alphaOut),
    taoRecycled: rao(input.tao - taoIn - taoSpent),
  };
}

function addToPending(
  { pending, ownerCut, rootSells }: BlockEmissionInput,
  alphaOut: bigint,
  rootShare: Fixed,
): PendingEmission {
  const owner = multiply(toFixed(alphaOut), proportion(ownerCut));
  const rest = toFixed(alphaOut) - owner;
  const root = multiply(multiply(rootShare, rest), HALF);
  const server = multiply(rest, HALF);
  const validator = rest - server - root;
  const more = (waiting: Alpha, added: Fixed): Alpha => alpha(waiting + floor(added));
  return {
    server: more(pending.server, server),
    validator: more(pending.validator, validator),
    root: rootSells ? more(pending.root, root) : pending.root,
    ownerCut: more(pending.ownerCut, owner),
  };
}

export function rootProportion({ tao, taoWeight }: RootStake, alphaIssuance: Alpha): Fixed {
  const weighted = tao * taoWeightOf(taoWeight);
  return divide(weighted, weighted + toFixed(alphaIssuance));
}

const U64_MAX = (1n << 64n) - 1n;

/** The u64 of storage as a proportion. Source: pallets/subtensor/src/staking/stake_utils.rs (get_tao_weight). */
export const taoWeightOf = (u64: bigint): Fixed => divide(u64, U64_MAX);
