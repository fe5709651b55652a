import { errorMessage } from '#protocol/errors.ts';
import type { RunId } from '#protocol/ids.ts';
import { sealAnnouncement } from '#protocol/round/announcement.ts';
import type { UpdateAnswer } from '#protocol/round/worker-round.ts';
import { shortAddresses } from '../peer/short-addresses.ts';
import type { Roster } from '../run/roster.ts';
import type { SentUpdate } from './error-buffer-header.ts';
import type { RoundPorts } from './make-update.ts';

/** A validator that has this round's update says so: what is announced again after a restart counts as taken. */
const HAS_IT_ALREADY = 'duplicate';

/** A validator that is behind in the rounds, or has none open, takes it when it gets there. */
const NOT_YET: ReadonlySet<string> = new Set(['closed', 'wrong-round']);

type Answer =
  | { readonly kind: 'taken' }
  | {
      readonly kind: Exclude<UpdateAnswer, 'taken'>;
      /** For the owner. */
      readonly message: string;
      /** For the log: with the addresses of those who were asked. */
      readonly detail: string;
    };
/** `null`: it has the update. */
type OneAnswer = { readonly mayTakeLater: boolean; readonly words: string } | null;

/**
 * Tells all validators of an update; taken when at least one validator has it, else every answer in words.
 * @param onMostAnswered called once, when half of the stake that was asked has answered or failed to: the others may keep it
 * waiting as long as they like
 */
export async function announceUpdate(
  ports: Pick<RoundPorts, 'announce' | 'address' | 'hotkey'>,
  run: RunId,
  roster: Roster,
  { round, baseRoot, innerSteps, blob }: SentUpdate,
  signal: AbortSignal,
  onMostAnswered: () => void = () => undefined,
): Promise<Answer> {
  const announcement = { run, round, baseRoot, innerSteps, blob, address: ports.address() };
  const bytes = sealAnnouncement(announcement, ports.hotkey);
  const validators = roster.members.filter(({ neuron }) => neuron.validatorPermit);
  const asked = validators.filter(({ commitment }) => commitment.address !== null);
  let waitingRao = asked.reduce((sum, { neuron }) => sum + neuron.stakeRao, 0n);
  const halfRao = waitingRao / 2n;
  const answered = (stakeRao: bigint): void => {
    const wasMost = waitingRao <= halfRao;
    waitingRao -= stakeRao;
    if (!wasMost && waitingRao <= halfRao) onMostAnswered();
  };
  const answers = await Promise.all(
    validators.map(async ({ neuron, commitment }): Promise<OneAnswer> => {
      if (commitment.address === null) {
        return { mayTakeLater: false, words: `Validator ${neuron.uid} has no address` };
      }
      try {
        const reply = await ports.announce(commitment.address, bytes, signal);
        if (reply.accepted || reply.reason === HAS_IT_ALREADY) return null;
        const words = `Validator ${neuron.uid} refused: ${reply.message}`;
        return { mayTakeLater: NOT_YET.has(reply.reason), words };
      } catch (error) {
        signal.throwIfAborted();
        return { mayTakeLater: true, words: `Validator ${neuron.uid} could not be reached: ${errorMessage(error)}` };
      } finally {
        answered(neuron.stakeRao);
      }
    }),
  );
  if (answers.length === 0) return refusal('refused', 'The subnet has no validator');
  const refusals = answers.filter((each) => each !== null);
  if (refusals.length < answers.length) return { kind: 'taken' };
  const kind = refusals.some(({ mayTakeLater }) => mayTakeLater) ? 'not-yet' : 'refused';
  return refusal(kind, refusals.map(({ words }) => words).join('; '));
}

const refusal = (kind: Exclude<UpdateAnswer, 'taken'>, detail: string): Answer => ({
  ...{ kind, detail, message: shortAddresses(detail) },
});
