import { assertNever } from '#protocol/assert-never.ts';
import type { CallOutcome, CommitTerms, RevealedWeights, WeightEntry } from '#protocol/chain/chain-client.ts';
import { weightCommitHash } from '#protocol/chain/weight-commit.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { ValidatorPorts } from '../validator-desk.ts';
import { nextWeightAction, type PendingCommit, type WeightAction } from './weight-plan.ts';

type SetterPorts = Pick<ValidatorPorts, 'chain' | 'netuid' | 'hotkey' | 'commits' | 'newSalt' | 'log'>;

/** Brings weights onto the chain in the way that the subnet takes them. Its methods do one thing after the other. */
export interface WeightSetter {
  /**
   * These instead of all earlier ones: at once where weights are open; else committed to once in each epoch, and revealed in
   * theirs. An empty list takes earlier weights back. A refusal is logged.
   * @throws MillraceError CHAIN_UNREACHABLE, TIMEOUT, ABORTED, STORAGE
   */
  readonly set: (weights: readonly WeightEntry[], signal: AbortSignal) => Promise<void>;
  /** What is due by now; asks the chain only when something waits. @throws as `set` */
  readonly catchUp: (signal: AbortSignal) => Promise<void>;
}

/** The chain may take it a block later: such a refusal is no reason to drop anything. */
const PASSING: ReadonlySet<string> = new Set([
  ...['RevealTooEarly', 'CommitBlockNotInRevealRange', 'CommittingWeightsTooFast', 'RateLimitExceeded'],
  ...['StaleNonce', 'Expired'],
]);

const FULL_WEIGHT = 65_535;

/** Goes on with what an earlier process committed to. */
export async function openWeightSetter(ports: SetterPorts): Promise<WeightSetter> {
  const { chain, netuid, hotkey, commits, newSalt, log } = ports;
  const own = hotkeyOf(hotkey);
  let pending = await commits.load();
  let fresh: readonly WeightEntry[] | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  const inTurn = (act: () => Promise<void>): Promise<void> => {
    const done = turn.then(act);
    turn = done.catch(() => undefined);
    return done;
  };

  async function act(signal: AbortSignal): Promise<void> {
    // Ends: each action but the last two takes one away of what waits.
    while (fresh !== null || pending.length > 0) {
      const terms = await chain.weightTerms(netuid, own, signal);
      if (!(await perform(nextWeightAction(terms, pending, fresh !== null), signal))) return;
    }
  }

  /** @returns whether there may be more to do now */
  async function perform(action: WeightAction, signal: AbortSignal): Promise<boolean> {
    switch (action.kind) {
      case 'set': {
        const weights = taken();
        warnOf(await chain.submit({ kind: 'set-weights', netuid, weights }, hotkey, signal), 'weights');
        return true;
      }
      case 'commit':
        return commit(action.terms, signal);
      case 'reveal':
        return reveal(action.commit, action.settles, signal);
      case 'forget':
        log('warning', `Drops the weights committed to in epoch ${action.commit.epoch}: ${action.why}`);
        await drop([action.commit.hash]);
        return true;
      case 'refuse':
        fresh = null;
        log('warning', action.why);
        return false;
      case 'wait':
        return false;
      default:
        return assertNever(action, 'action on weights');
    }
  }

  async function commit(terms: CommitTerms, signal: AbortSignal): Promise<boolean> {
    const { epoch, versionKey } = terms;
    const weights = taken();
    if (weights.length === 0 && terms.uid === null) {
      log('warning', `The hotkey ${own} is not registered in subnet ${netuid}: it has no weights to take back`);
      return true;
    }
    // As for open weights: those for oneself alone count for nothing, and the chain takes no empty list.
    const entries = weights.length > 0 || terms.uid === null ? weights : [{ uid: terms.uid, weight: FULL_WEIGHT }];
    const revealed: RevealedWeights = { weights: entries, salt: newSalt(), versionKey };
    const hash = weightCommitHash(own, netuid, revealed);
    await keep([...pending, { ...revealed, hash, epoch }]);
    const outcome = await chain.submit({ kind: 'commit-weights', netuid, hash }, hotkey, signal);
    if (outcome.kind === 'included') {
      log(
        'info',
        `Committed to weights in epoch ${epoch}, to be revealed in epoch ${epoch + terms.revealPeriodEpochs}`,
      );
      return true;
    }
    await drop([hash]);
    if (PASSING.has(outcome.error)) fresh ??= weights;
    warnOf(outcome, 'commit of weights');
    return false;
  }

  async function reveal(
    { hash, epoch, weights, salt, versionKey }: PendingCommit,
    settles: readonly string[],
    signal: AbortSignal,
  ): Promise<boolean> {
    const outcome = await chain.submit({ kind: 'reveal-weights', netuid, weights, salt, versionKey }, hotkey, signal);
    if (outcome.kind === 'included') {
      log('info', `Revealed the weights of epoch ${epoch}`);
      await drop(settles);
      return true;
    }
    warnOf(outcome, `reveal of the weights of epoch ${epoch}`);
    if (PASSING.has(outcome.error)) return false;
    await drop([hash]);
    return true;
  }

  function taken(): readonly WeightEntry[] {
    const weights = fresh ?? [];
    fresh = null;
    return weights;
  }

  async function keep(all: readonly PendingCommit[]): Promise<void> {
    try {
      await commits.save(all);
    } catch (error) {
      throw new MillraceError(
        'STORAGE',
        `Weights are not committed to, as they cannot be saved: ${errorMessage(error)}`,
        {
          cause: error,
        },
      );
    }
    pending = all;
  }

  /** What the file has too much is found out again after a restart. */
  async function drop(hashes: readonly string[]): Promise<void> {
    pending = pending.filter(({ hash }) => !hashes.includes(hash));
    try {
      await commits.save(pending);
    } catch (error) {
      log('warning', `Cannot save which weights are revealed: ${errorMessage(error)}`);
    }
  }

  const warnOf = (outcome: CallOutcome, what: string): void => {
    if (outcome.kind === 'refused') log('warning', `The chain refused the ${what}: ${outcome.message}`);
  };

  return {
    set: (weights, signal) => {
      fresh = weights;
      return inTurn(() => act(signal));
    },
    catchUp: (signal) => inTurn(() => act(signal)),
  };
}
