import { assertNever } from '#protocol/assert-never.ts';
import type { CommitTerms, RevealedWeights, WeightTerms } from '#protocol/chain/chain-client.ts';

/** Weights of which the chain was told the hash, or is about to be. */
export interface PendingCommit extends RevealedWeights {
  /** Hex, 64 digits. */
  readonly hash: string;
  /** That it was meant for: a block of the next one may have taken it. */
  readonly epoch: number;
}

export type WeightAction =
  | { readonly kind: 'set' }
  | { readonly kind: 'commit'; readonly terms: CommitTerms }
  /** `settles`: hashes that are done with when it is revealed, its own among them, for the chain drops older ones. */
  | { readonly kind: 'reveal'; readonly commit: PendingCommit; readonly settles: readonly string[] }
  | { readonly kind: 'forget'; readonly commit: PendingCommit; readonly why: string }
  | { readonly kind: 'refuse'; readonly why: string }
  | { readonly kind: 'wait' };

/** The chain takes no more (subnets/weights.rs, internal_commit_weights). */
const MAX_ON_CHAIN = 10;
/** With those that never arrived, which only time tells. */
export const MAX_PENDING = 16;

/**
 * What to do next about a hotkey's weights; to be asked anew after each action.
 * @param pending the oldest first
 * @param hasNew whether there are weights that the chain knows nothing of
 */
export function nextWeightAction(terms: WeightTerms, pending: readonly PendingCommit[], hasNew: boolean): WeightAction {
  switch (terms.kind) {
    case 'unsupported':
      return hasNew ? { kind: 'refuse', why: terms.why } : { kind: 'wait' };
    case 'open': {
      const [first] = pending;
      if (first !== undefined) return { kind: 'forget', commit: first, why: 'the subnet takes open weights now' };
      return hasNew ? { kind: 'set' } : { kind: 'wait' };
    }
    case 'commit-reveal':
      return forgetting(terms, pending) ?? revealing(terms, pending) ?? committing(terms, pending, hasNew);
    default:
      return assertNever(terms, 'terms of weights');
  }
}

const epochOf = ({ commits }: CommitTerms, { hash, epoch }: PendingCommit): number =>
  commits.find((each) => each.hash === hash)?.epoch ?? epoch;

function forgetting(terms: CommitTerms, pending: readonly PendingCommit[]): WeightAction | null {
  for (const commit of pending) {
    const epoch = epochOf(terms, commit);
    const until = epoch + terms.revealPeriodEpochs;
    if (terms.epoch > until)
      return { kind: 'forget', commit, why: `epoch ${until}, in which it could be revealed, is over` };
    // A block taken back may undo an epoch, not two.
    if (epoch > terms.epoch + 1) return { kind: 'forget', commit, why: 'it is of another chain' };
    if (commit.versionKey < terms.versionKey)
      return { kind: 'forget', commit, why: `the subnet takes no weights below version ${terms.versionKey} any more` };
  }
  return null;
}

/** The newest of those whose epoch it is: that takes the older ones off the chain. */
function revealing(terms: CommitTerms, pending: readonly PendingCommit[]): WeightAction | null {
  const { commits, epoch, revealPeriodEpochs } = terms;
  const last = commits.findLastIndex(
    (each) => each.epoch + revealPeriodEpochs === epoch && pending.some(({ hash }) => hash === each.hash),
  );
  const commit = pending.find(({ hash }) => hash === commits[last]?.hash);
  return commit === undefined
    ? null
    : { kind: 'reveal', commit, settles: commits.slice(0, last + 1).map(({ hash }) => hash) };
}

/** One in an epoch: of several the last alone would count. */
function committing(terms: CommitTerms, pending: readonly PendingCommit[], hasNew: boolean): WeightAction {
  const isMade = pending.some((commit) => epochOf(terms, commit) >= terms.epoch);
  const kept = terms.commits.filter(({ epoch }) => terms.epoch <= epoch + terms.revealPeriodEpochs);
  const isFull = kept.length >= MAX_ON_CHAIN || pending.length >= MAX_PENDING;
  return hasNew && terms.canCommit && !isMade && !isFull ? { kind: 'commit', terms } : { kind: 'wait' };
}
