import type { EmissionEvent, Neuron } from '#protocol/chain/chain-client.ts';
import type { Coldkey, Hotkey } from '#protocol/ids.ts';
import { alpha, addRao, type Rao, rao, ZERO_RAO } from '#protocol/units.ts';
import { balanceOf, type ChainState, MAX_ISSUANCE_RAO, totalBalanceRao } from './state.ts';

/** Shares of Subtensor: 18 % to the subnet's owner, the rest in halves to miners and validators. */
const OWNER_PERCENT = 18n;
const MINERS_PERCENT = 41n;

/** Fixed point for weights: 64 binary places, more than the 16 bits of a weight can tell apart. */
const FRACTION_BITS = 64n;

export interface EpochResult {
  readonly state: ChainState;
  /** One for each hotkey that was paid, in the order of hotkeys. */
  readonly emissions: readonly EmissionEvent[];
}

/** Whether emission is paid at this block. */
export const isEpochBlock = (state: ChainState, block: number): boolean =>
  block > 0 && block % state.parameters.tempo === 0;

/**
 * Pays `tempo × emissionPerBlock`: 18 % to the owner, 41 % to miners in proportion to stake-weighted weights, the rest to
 * validators by stake. Weights count for one epoch: a validator that has fallen silent pays nobody (Subtensor's activity
 * cutoff). The miners' share is not issued when no validator gives weight to a miner, nor the validators' when
 * nobody has stake: money that nobody earned does not come into being. Every issued rao is in exactly one emission.
 * Paid to the coldkey's free balance (the real chain pays staked alpha).
 */
export function runEpoch(state: ChainState, block: number): EpochResult {
  const { tempo, emissionPerBlockRao, ownerHotkey, ownerColdkey } = state.parameters;
  const due = BigInt(tempo) * emissionPerBlockRao;
  const roomRao = MAX_ISSUANCE_RAO - totalBalanceRao(state);
  const total = due < roomRao ? due : roomRao;

  const ownerRao = (total * OWNER_PERCENT) / 100n;
  const minersRao = (total * MINERS_PERCENT) / 100n;
  const validatorsRao = total - ownerRao - minersRao;

  const scores = minerScores(state, block);
  const minerPay = splitExactly(minersRao, scores);
  const validatorPay = splitExactly(
    validatorsRao,
    state.neurons.map((neuron) => (neuron.validatorPermit ? neuron.stakeRao : 0n)),
  );
  const scoreSum = sum(scores);

  const neurons = state.neurons.map((neuron, uid): Neuron => {
    const score = scores[uid] ?? 0n;
    return {
      ...neuron,
      emissionRao: rao((minerPay[uid] ?? 0n) + (validatorPay[uid] ?? 0n)),
      incentive: scoreSum === 0n ? 0 : ratio(score, scoreSum),
    };
  });

  const paid = new Map<Hotkey, { readonly coldkey: Coldkey; readonly amountRao: Rao }>();
  const pay = (hotkey: Hotkey, coldkey: Coldkey, amountRao: bigint): void => {
    if (amountRao === 0n) return;
    paid.set(hotkey, { coldkey, amountRao: addRao(paid.get(hotkey)?.amountRao ?? ZERO_RAO, rao(amountRao)) });
  };
  pay(ownerHotkey, ownerColdkey, ownerRao);
  for (const neuron of neurons) pay(neuron.hotkey, neuron.coldkey, neuron.emissionRao);

  const emissions = [...paid]
    .map(([hotkey, { coldkey, amountRao }]): EmissionEvent => ({
      block,
      hotkey,
      coldkey,
      amountAlpha: alpha(amountRao),
      amountRao,
    }))
    .sort((a, b) => (a.hotkey < b.hotkey ? -1 : 1));
  const balances = new Map(state.balances);
  for (const { coldkey, amountRao } of emissions) {
    balances.set(coldkey, addRao(balances.get(coldkey) ?? balanceOf(state, coldkey), amountRao));
  }
  return { state: { ...state, balances, neurons }, emissions };
}

/**
 * Score of each uid: Σ over validators of stake × (weight ÷ sum of that validator's weights). Weights on validators, their
 * own uid among them, do not count: the miners' share is for miners.
 */
function minerScores(state: ChainState, epochBlock: number): bigint[] {
  const scores = state.neurons.map(() => 0n);
  for (const [validatorUid, { block, entries }] of state.weights) {
    if (block <= epochBlock - state.parameters.tempo) continue;
    const validator = state.neurons[validatorUid];
    if (validator?.validatorPermit !== true) continue;
    const counted = entries.filter(({ uid }) => state.neurons[uid]?.validatorPermit === false);
    const weightSum = sum(counted.map(({ weight }) => BigInt(weight)));
    if (weightSum === 0n) continue;
    for (const { uid, weight } of counted) {
      scores[uid] = (scores[uid] ?? 0n) + ((validator.stakeRao * BigInt(weight)) << FRACTION_BITS) / weightSum;
    }
  }
  return scores;
}

/**
 * Integer parts in proportion to the shares, whose sum is exactly `total`, or all zero when every share is: each part is
 * rounded down, and the few rao left over go one each to the largest shares, the lower index first.
 */
export function splitExactly(total: bigint, shares: readonly bigint[]): readonly bigint[] {
  const shareSum = sum(shares);
  if (shareSum === 0n) return shares.map(() => 0n);
  const parts = shares.map((share) => (total * share) / shareSum);
  const left = Number(total - sum(parts)); // < number of non-zero shares
  const bySize = shares
    .map((share, index) => ({ share, index }))
    .sort((a, b) => (a.share === b.share ? a.index - b.index : a.share > b.share ? -1 : 1));
  for (const { index } of bySize.slice(0, left)) parts[index] = (parts[index] ?? 0n) + 1n;
  return parts;
}

const sum = (values: readonly bigint[]): bigint => values.reduce((total, value) => total + value, 0n);

/** For display, to nine decimals. */
const ratio = (part: bigint, whole: bigint): number => Number((part * 1_000_000_000n) / whole) / 1e9;
