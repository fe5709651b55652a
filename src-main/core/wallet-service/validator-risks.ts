import { about } from '../about-time.ts';
import { formatPercent } from '../staking/amounts.ts';

export interface ValidatorFacts {
  readonly isRoot: boolean;
  readonly isRegistered: boolean;
  readonly hasPermit: boolean;
  readonly blocksSinceRegistered: number | null;
  /** `null`: it has never set any, or that is not known. */
  readonly blocksSinceWeights: number | null;
  /** After so many blocks without weights the chain counts it as not active; `null`: not known. */
  readonly activityCutoffBlocks: number | null;
  /** Nominal time between two blocks, as the chain itself has it. */
  readonly blockMs: number;
  /** Of all that is staked with those shown. */
  readonly stakePartPpm: number;
  readonly takePpm: number;
  /** A month or a week ago; `null`: not known. */
  readonly takeBeforePpm: number | null;
}

const LITTLE_PPM = 10_000;
const NEW_MS = 7 * 86_400_000;

/** What somebody who stakes with it should know, in words. Where stake earns nothing, how much and how new it is is beside the point. */
export function validatorRisks(facts: ValidatorFacts): readonly string[] {
  const nothing = whyNothing(facts);
  return nothing === null ? [...sizeRisks(facts), ...newRisks(facts), ...takeRisks(facts)] : [nothing];
}

/** Why stake with it earns nothing now; `null`: it does. */
function whyNothing(facts: ValidatorFacts): string | null {
  if (!facts.isRegistered) return 'It is not registered in this subnet: stake with it earns nothing here.';
  // On root nobody sets weights.
  if (facts.isRoot) return null;
  if (!facts.hasPermit) return 'It has no validator permit: stake with it earns nothing now.';
  const { blocksSinceWeights: idle, activityCutoffBlocks: cutoff, blockMs } = facts;
  if (idle === null) return 'It has set no weights yet: until it does, stake with it earns nothing.';
  if (cutoff === null || idle <= cutoff) return null;
  return `It has set no weights for ${about(idle * blockMs)}, and counts as not active: stake with it earns nothing.`;
}

const sizeRisks = ({ isRoot, stakePartPpm }: ValidatorFacts): readonly string[] =>
  isRoot || stakePartPpm >= LITTLE_PPM
    ? []
    : ['It holds less than 1 % of what is staked with the validators here, and may lose its permit to another.'];

function newRisks({ blocksSinceRegistered, blockMs }: ValidatorFacts): readonly string[] {
  if (blocksSinceRegistered === null || blocksSinceRegistered * blockMs >= NEW_MS) return [];
  return ['It was registered less than a week ago: there is little to judge it by.'];
}

const takeRisks = ({ takePpm, takeBeforePpm }: ValidatorFacts): readonly string[] =>
  takeBeforePpm === null || takePpm <= takeBeforePpm
    ? []
    : [`It raised what it keeps from ${formatPercent(takeBeforePpm)} to ${formatPercent(takePpm)} within a month.`];
