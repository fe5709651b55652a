import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The beginning of a name for `mkdtemp`; in memory where that can be had, because a disk says nothing about the code. */
export const scratchFolder = (): string => join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'millrace-fuzz-');
