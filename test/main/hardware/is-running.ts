import { existsSync, readFileSync } from 'node:fs';

/** Linux only. A killed process may stay a zombie until its new parent looks. */
export function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}
