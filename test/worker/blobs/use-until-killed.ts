import { createHash } from 'node:crypto';
import { parseBlobHash } from '#protocol/ids.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { startPeer } from '#worker/peer/node.ts';
import { pattern } from '../peer/pattern.ts';

/**
 * A process for tests with `kill -9`: puts blobs, and fetches those of `address` whose hashes are given, again and again under a
 * quota that does not hold all of them. Tells the hash of each blob that is stored.
 */
const [folder, quotaBytes, firstSeed, address, ...hashes] = process.argv.slice(2);
if (folder === undefined || address === undefined) throw new Error('use-until-killed FOLDER QUOTA SEED ADDRESS HASH…');
const warn = (message: string): void => void process.stderr.write(`${message}\n`);
const store = await openBlobStore({ folder, quotaBytes: Number(quotaBytes), warn });
const seed = createHash('sha256').update(String(process.pid)).digest();
const peer = await startPeer({ listenAddress: '/ip4/127.0.0.1/tcp/0', seed, warn });
store.pin('told', []);

async function put(): Promise<void> {
  const told: ReturnType<typeof parseBlobHash>[] = [];
  for (let next = Number(firstSeed); ; next += 1) {
    const hash = await store.put(pattern(300_000, next));
    // The newest two stay, as the parent expects; older ones may go.
    told.push(hash);
    store.pin('told', told.slice(-2));
    process.stdout.write(`${hash}\n`);
  }
}

async function fetch(): Promise<void> {
  for (let i = 0; ; i += 1) {
    const hash = parseBlobHash(hashes[i % hashes.length]);
    await store.remove(hash);
    await fetchInto(store, { peer, hash, sources: [String(address)] });
  }
}

await Promise.all([put(), fetch()]);
