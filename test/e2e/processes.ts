import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'vitest';

/** A process of the group that a launched app leads; the tests start each app in a group of its own. */
interface GroupMember {
  readonly pid: number;
  readonly command: string;
}

const isNumber = (name: string): boolean => /^\d+$/.test(name);

/** The living processes of a group, read from /proc: Linux only. */
const groupMembers = (groupId: number): readonly GroupMember[] =>
  readdirSync('/proc')
    .filter(isNumber)
    .flatMap((pid) => memberOf(groupId, pid) ?? []);

/** Our own processes beside the window: worker, validator, chain, companions. */
export const nodeServices = (groupId: number): readonly GroupMember[] =>
  groupMembers(groupId).filter(({ command }) => command.includes('node.mojom.NodeService'));

/** Waits until nothing of the group is left; the failure names what is. */
export async function expectGroupEnds(groupId: number): Promise<void> {
  await expect.poll(() => groupMembers(groupId), { timeout: 15_000 }).toEqual([]);
}

function memberOf(groupId: number, pid: string): GroupMember | null {
  try {
    // After the name, which may hold anything in parentheses: state, parent, group.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; only its parent has not noticed.
    if (Number(group) !== groupId || state === 'Z') return null;
    return { pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') };
  } catch {
    // It ended while we looked.
    return null;
  }
}
