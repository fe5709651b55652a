import type { Hotkey } from '#protocol/ids.ts';
import { deadlineBlock, endBlock, type RoundTiming } from '#protocol/round/clock.ts';
import { type Member, type Roster, validatorsOf } from './roster.ts';

/**
 * The roster, in which a word that was seen in time stays in time for as long as its validator says the same. The chain keeps only the
 * newest commitment: one that is repeated after its round's end (it seemed to fail, or the validator has started again at another
 * address) would else take back what had settled the round. Who begins only then reads it as late, and is with the others again after
 * the next manifest.
 * @param before what was read last
 */
export function keepTimelyVotes(before: Roster, now: Roster, timing: RoundTiming): Roster {
  const earlier = new Map<Hotkey, Member>(before.validators.map((member) => [member.neuron.hotkey, member]));
  const members = now.members.map((member): Member => {
    const said = earlier.get(member.neuron.hotkey);
    return said !== undefined && isTimelySame(said, member, timing)
      ? { ...member, committedAtBlock: said.committedAtBlock }
      : member;
  });
  return { ...now, members, validators: validatorsOf(members) };
}

function isTimelySame(said: Member, says: Member, timing: RoundTiming): boolean {
  const [{ manifest: first }, { manifest: again }] = [said.commitment, says.commitment];
  if (first === null || again === null) return false;
  const end = endBlock(first.round, timing);
  const isTimely = said.committedAtBlock >= deadlineBlock(first.round, timing) && said.committedAtBlock < end;
  return isTimely && says.committedAtBlock >= end && first.round === again.round && first.hash === again.hash;
}
