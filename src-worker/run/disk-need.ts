import { checkpointParts } from '#protocol/checkpoint/checkpoint-parts.ts';
import type { RunSpec } from '#protocol/run-spec.ts';
import { maxUpdateBytes } from '#protocol/update/update-blob.ts';

/** As in reachable-blobs.ts: so many checkpoints stay. */
const KEPT_CHECKPOINTS = 2;

/** What of a run lies in the blob store at least: the checkpoints that stay, the text, and the own update. */
export const leastDiskBytes = (spec: RunSpec): number =>
  KEPT_CHECKPOINTS * sum(checkpointParts(spec).map(({ sizeBytes }) => sizeBytes)) +
  sum(spec.data.pages.map(({ sizeBytes }) => sizeBytes)) +
  maxUpdateBytes(spec);

/** What the owner should know of a quota that is too small for a run, and what to do; `null`: all is well. */
export function quotaProblem(spec: RunSpec, quotaBytes: number): string | null {
  const neededBytes = leastDiskBytes(spec);
  if (quotaBytes >= neededBytes) return null;
  return (
    `This run keeps ${gibibytes(neededBytes)} GiB on the disk at least, and Millrace may take ${gibibytes(quotaBytes)} GiB: ` +
    `give it ${Math.ceil(neededBytes / GIB)} GiB or more of disk space, in the Settings or with --disk. Until then rounds and checkpoints will fail`
  );
}

const GIB = 1024 ** 3;
const gibibytes = (bytes: number): string => (bytes / GIB).toFixed(bytes < GIB ? 3 : 1);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
