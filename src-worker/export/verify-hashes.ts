import { join } from 'node:path';
import type { Provenance } from '#protocol/export/folder.ts';
import { type FileDigest, streamFile } from './stream-file.ts';
import type { Listing } from './verify-folder.ts';
import type { Finding } from './verify-model.ts';

/** Whether each file is as it was listed. @param known those that were hashed already */
export async function checkHashes(
  folder: string,
  { files }: Listing,
  said: Provenance,
  known: ReadonlyMap<string, FileDigest>,
  signal: AbortSignal,
): Promise<Finding> {
  const problems: string[] = [];
  let compared = 0;
  for (const { name, sha256, sizeBytes } of said.files) {
    // Of the others the check of the files has told.
    if (files.get(name) !== sizeBytes) continue;
    const digest = known.get(name) ?? (await streamFile(join(folder, name), { signal }));
    compared += 1;
    if (digest.sha256 === sha256) continue;
    problems.push(`${name} is not as it was exported: its SHA-256 is ${digest.sha256} instead of ${sha256}`);
  }
  return { problems, good: `the SHA-256 of ${compared} files is as listed` };
}
