import { readFileSync, writeFileSync } from 'node:fs';

const STATUS = '/proc/self/status';
const RESET_PEAK = '5';

/**
 * How far the resident memory of this process rose above where it was, while `work` ran.
 * @returns bytes, or `null` where the kernel does not tell (it is Linux that does)
 */
export async function withExtraMemory<T>(work: () => Promise<T>): Promise<{ value: T; extraBytes: number | null }> {
  let before: number | null = null;
  try {
    writeFileSync('/proc/self/clear_refs', RESET_PEAK);
    before = statusBytes('VmRSS');
  } catch {
    // Another system.
  }
  const value = await work();
  return { value, extraBytes: before === null ? null : statusBytes('VmHWM') - before };
}

function statusBytes(field: string): number {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(STATUS, 'utf8'));
  if (found === null) throw new Error(`${STATUS} has no ${field}`);
  return 1024 * Number(found[1]);
}
