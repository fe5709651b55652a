/**
 * Yuma Consensus as its authors write it, in exact fractions: opentensor/subtensor, docs/consensus.md, whose equations the comments
 * number. Slow, dense, and of nothing that src-network/devnet/yuma is made of. Two things the text leaves to the code are taken from
 * there (pallets/subtensor/src/epoch/run_epoch.rs): weights and shares are normalised, and bonds once more after they moved.
 */
export interface Fraction {
  readonly top: bigint;
  /** Above 0. */
  readonly bottom: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));

export function fraction(top: bigint | number, bottom: bigint | number = 1n): Fraction {
  const [t, b] = [BigInt(top), BigInt(bottom)];
  const common = gcd(t < 0n ? -t : t, b) || 1n;
  return { top: t / common, bottom: b / common };
}

const ZERO = fraction(0);
const plus = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.bottom + b.top * a.bottom, a.bottom * b.bottom);
const minus = (a: Fraction, b: Fraction): Fraction => plus(a, { top: -b.top, bottom: b.bottom });
const times = (a: Fraction, b: Fraction): Fraction => fraction(a.top * b.top, a.bottom * b.bottom);
const over = (a: Fraction, b: Fraction): Fraction =>
  b.top === 0n ? ZERO : fraction(a.top * b.bottom, a.bottom * b.top);
const isLess = (a: Fraction, b: Fraction): boolean => a.top * b.bottom < b.top * a.bottom;
const smaller = (a: Fraction, b: Fraction): Fraction => (isLess(b, a) ? b : a);
export const total = (all: readonly Fraction[]): Fraction => all.reduce(plus, ZERO);
const shares = (all: readonly Fraction[]): readonly Fraction[] => all.map((each) => over(each, total(all)));
/** Only for comparing with a tolerance. */
export const asNumber = ({ top, bottom }: Fraction): number => Number((top * 10n ** 15n) / bottom) / 1e15;

type Table = readonly (readonly Fraction[])[];
const columns = (table: Table): Table => table.map((_, j) => table.map((row) => row[j] ?? ZERO));

export interface ExactNeuron {
  readonly stake: bigint;
  /** Whether it votes: has a permit, and has lately. */
  readonly votes: boolean;
  /** By uid. */
  readonly weights: Readonly<Record<number, number>>;
}

export interface ExactRules {
  readonly kappa: Fraction;
  /** β. */
  readonly bondsPenalty: Fraction;
  /** α: the new part of a bond. */
  readonly alpha: Fraction;
}

export interface ExactEpoch {
  readonly consensus: readonly Fraction[];
  readonly validatorTrust: readonly Fraction[];
  readonly incentive: readonly Fraction[];
  readonly dividends: readonly Fraction[];
  /** By validator, then miner; each miner's sum to 1, or are all 0. */
  readonly bonds: Table;
}

/** One epoch. @param oldBonds those of the epoch before, `null` before the first */
export function exactYuma(neurons: readonly ExactNeuron[], oldBonds: Table | null, rules: ExactRules): ExactEpoch {
  const { kappa, bondsPenalty, alpha } = rules;
  const uids = neurons.map((_, uid) => uid);
  const stake = shares(neurons.map(({ stake: each, votes }) => (votes ? fraction(each) : ZERO)));
  const weights = neurons.map(({ weights: row, votes }, i) =>
    shares(uids.map((j) => (votes && i !== j ? fraction(row[j] ?? 0) : ZERO))),
  );
  // (3): the largest weight that validators with at least κ of the stake give or exceed.
  const consensus = columns(weights).map((given) =>
    given.reduce((most, level) => {
      const support = total(stake.filter((_, i) => !isLess(given[i] ?? ZERO, level)));
      return !isLess(support, kappa) && isLess(most, level) ? level : most;
    }, ZERO),
  );
  const clipped = weights.map((row) => row.map((each, j) => smaller(each, consensus[j] ?? ZERO)));
  // R and I of "Reward distribution".
  const incentive = shares(uids.map((j) => total(clipped.map((row, i) => times(stake[i] ?? ZERO, row[j] ?? ZERO)))));
  // (4), (5), (6).
  const forBonds = weights.map((row, i) =>
    row.map((each, j) =>
      plus(times(minus(fraction(1), bondsPenalty), each), times(bondsPenalty, clipped[i]?.[j] ?? ZERO)),
    ),
  );
  const staked = forBonds.map((row, i) => row.map((each) => times(stake[i] ?? ZERO, each)));
  const instant = columns(staked).map(shares);
  const before = oldBonds === null ? instant.map((column) => column.map(() => ZERO)) : columns(oldBonds).map(shares);
  const moved = instant.map((column, j) =>
    shares(column.map((each, i) => plus(times(alpha, each), times(minus(fraction(1), alpha), before[j]?.[i] ?? ZERO)))),
  );
  const bonds = columns(moved);
  // D of "Reward distribution".
  const dividends = shares(bonds.map((row) => total(row.map((each, j) => times(each, incentive[j] ?? ZERO)))));
  return { consensus, validatorTrust: clipped.map(total), incentive, dividends, bonds };
}

/** (7): what each is paid, ξ = 1/2, when anybody has incentive. */
export const exactPay = ({ incentive, dividends }: ExactEpoch, emission: bigint): readonly Fraction[] =>
  shares(incentive.map((each, uid) => plus(each, dividends[uid] ?? ZERO))).map((share) =>
    times(share, fraction(emission)),
  );
