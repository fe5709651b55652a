import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { processFlags } from '#main/core/process-host.ts';
import type { BenchResult } from '../../scripts/bench/report.ts';

/**
 * Where the blobs lie: in memory, because a shared machine's disk says nothing about the transfer, or on the disk. With which flags
 * both ends run, ours and the bare stream's alike: those of a worker's process, or none.
 */
export const options = { files: ['memory', 'disk'], flags: ['worker', 'none'] };

/** One large blob over loopback, our protocol against a bare libp2p stream; one sender against three. */
export async function run({ files, flags }: Readonly<Record<string, string>>): Promise<BenchResult> {
  const side = fork(join(import.meta.dirname, 'support/transfer-side.ts'), [files ?? 'memory'], {
    execArgv: flags === 'none' ? [] : processFlags('worker'),
  });
  const [result] = (await once(side, 'message')) as [BenchResult];
  return result;
}
