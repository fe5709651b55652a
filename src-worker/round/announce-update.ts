import { errorMessage } from '#protocol/errors.ts';
import type { RunId } from '#protocol/ids.ts';
import { sealAnnouncement } from '#protocol/round/announcement.ts';
import type { Roster } from '../run/roster.ts';
import type { SentUpdate } from './error-buffer-header.ts';
import type { RoundPorts } from './make-update.ts';

/** A validator that has this round's update says so: what is announced again after a restart counts as taken. */
const HAS_IT_ALREADY = 'duplicate';

type Answer = { readonly kind: 'taken' } | { readonly kind: 'refused'; readonly message: string };

/** Tells all validators of an update, and then everyone; taken when at least one validator has it, else every answer in words. */
export async function announceUpdate(
  ports: Pick<RoundPorts, 'announce' | 'address' | 'hotkey'>,
  run: RunId,
  roster: Roster,
  { round, baseRoot, innerSteps, blob }: SentUpdate,
  signal: AbortSignal,
): Promise<Answer> {
  const announcement = { run, round, baseRoot, innerSteps, blob, address: ports.address() };
  const bytes = sealAnnouncement(announcement, ports.hotkey);
  const validators = roster.members.filter(({ neuron }) => neuron.validatorPermit);
  const answers = await Promise.all(
    validators.map(async ({ neuron, commitment }): Promise<string | null> => {
      if (commitment.address === null) return `Validator ${neuron.uid} has no address`;
      try {
        const reply = await ports.announce(commitment.address, bytes, signal);
        const isTaken = reply.accepted || reply.reason === HAS_IT_ALREADY;
        return isTaken ? null : `Validator ${neuron.uid} refused: ${reply.message}`;
      } catch (error) {
        signal.throwIfAborted();
        return `Validator ${neuron.uid} could not be reached: ${errorMessage(error)}`;
      }
    }),
  );
  if (answers.length === 0) return { kind: 'refused', message: 'The subnet has no validator' };
  return answers.includes(null) ? { kind: 'taken' } : { kind: 'refused', message: answers.join('; ') };
}
