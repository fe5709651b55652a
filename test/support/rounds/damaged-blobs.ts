import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const SHARD = /^[0-9a-f]{2}$/;

/** Blobs whose files are not what their names say, in words; reads the folder as it lies there, without opening the store. */
export async function damagedBlobs(folder: string): Promise<readonly string[]> {
  const damaged: string[] = [];
  for (const shard of await readdir(folder).catch(() => [])) {
    if (!SHARD.test(shard)) continue;
    for (const name of await readdir(join(folder, shard))) {
      const digest = createHash('sha256').update(await readFile(join(folder, shard, name)));
      if (digest.digest('hex') !== shard + name) damaged.push(`Blob ${shard}${name} is damaged`);
    }
  }
  return damaged;
}
