import type { StakeState } from '#protocol/contract/wallet.ts';
import { UNITS } from '../../format/amounts.ts';

/** Kept back by "Max" for the fees of this order and of the next ones: 0.001 TAO. */
const FEE_RESERVE_RAO = UNITS / 1000n;

export interface WalletTotals {
  readonly totalRao: bigint;
  /** May be spent, but for fees. */
  readonly availableRao: bigint;
  readonly stakedRao: bigint;
  readonly reservedRao: bigint;
  readonly frozenRao: bigint;
}

export function totalsOf(stake: StakeState): WalletTotals {
  const [free, reserved, frozen] = [BigInt(stake.freeRao), BigInt(stake.reservedRao), BigInt(stake.frozenRao)];
  const staked = BigInt(stake.stakedWorthRao);
  const held = frozen > free ? free : frozen;
  return {
    totalRao: free + reserved + staked,
    availableRao: free - held,
    stakedRao: staked,
    reservedRao: reserved,
    frozenRao: held,
  };
}

/** The most that can be spent with the fees kept back. */
export const spendableRao = (stake: StakeState): bigint => {
  const { availableRao } = totalsOf(stake);
  return availableRao > FEE_RESERVE_RAO ? availableRao - FEE_RESERVE_RAO : 0n;
};

/** What may leave one place: its alpha, or less where part of the subnet's stake is locked. */
export function movableAlpha(stake: StakeState, hotkey: string, netuid: number): bigint {
  const position = stake.positions.find((one) => one.hotkey === hotkey && one.netuid === netuid);
  if (position === undefined) return 0n;
  const subnet = stake.subnets.find((one) => one.netuid === netuid);
  const staked = BigInt(position.alpha);
  const available = subnet === undefined ? staked : BigInt(subnet.availableAlpha);
  return available < staked ? available : staked;
}

export const lockedSubnets = (stake: StakeState): StakeState['subnets'] =>
  stake.subnets.filter(({ lockedAlpha }) => BigInt(lockedAlpha) > 0n);

/** Parts of a whole in per mille, for a bar; together 1000 at most. */
export const perMille = (part: bigint, whole: bigint): number => (whole === 0n ? 0 : Number((part * 1000n) / whole));
