import { checkpointBytes } from '#protocol/checkpoint/checkpoint-parts.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';
import { CHECKPOINT_QUOTA_SHARE } from './quota-shares.ts';

/** What of a run the blob store should be able to hold: checkpoints within their share of it, the text, and the own update. */
export const leastDiskBytes = (spec: RunSpec): number =>
  checkpointBytes(spec) / CHECKPOINT_QUOTA_SHARE +
  spec.data.pages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) +
  maxUpdateBytes(spec);

/** What the owner should know of a quota that is too small for a run, and what to do; `null`: all is well. */
export function quotaProblem(spec: RunSpec, quotaBytes: number): string | null {
  const neededBytes = leastDiskBytes(spec);
  if (quotaBytes >= neededBytes) return null;
  return (
    `This run wants ${gibibytes(neededBytes)} GiB on the disk, and Millrace may take ${gibibytes(quotaBytes)} GiB: ` +
    `give it ${Math.ceil(neededBytes / GIB)} GiB or more of disk space, in the Settings or with --disk. ` +
    'Until then this computer may make no checkpoints, and rounds may fail'
  );
}

const GIB = 1024 ** 3;
const gibibytes = (bytes: number): string => (bytes / GIB).toFixed(bytes < GIB ? 3 : 1);
