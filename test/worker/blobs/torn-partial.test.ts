import { writeFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { blobHash } from '#protocol/hash.ts';
import { BLOB_PIECE_BYTES } from '#protocol/peer/blob-protocol.ts';
import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { fetchInto } from '#worker/blobs/fetch-blob.ts';
import { serveBlobs } from '#worker/blobs/serve-blobs.ts';
import { StoreFolder } from '#worker/blobs/store-folder.ts';
import { pattern } from '../peer/pattern.ts';
import { addressOf, testFolder, testPeer } from '../peer/test-peers.ts';

it.each([
  ['one piece', BLOB_PIECE_BYTES - 1, 0],
  ['several pieces', 3 * BLOB_PIECE_BYTES + 5, 4],
])('what a loss of power left of %s as zeros does not keep the only source from giving it', async (_, size, marks) => {
  const blob = pattern(size);
  const hash = blobHash(blob);
  const source = await testPeer();
  const held = await openBlobStore({ folder: await testFolder(), warn: () => undefined });
  await held.put(blob);
  await serveBlobs(source, held);

  const folder = await testFolder();
  await openBlobStore({ folder, warn: () => undefined });
  // Its length and its marks have reached the disk, its bytes have not.
  const torn = new Uint8Array(size + marks).fill(1, size);
  await writeFile(new StoreFolder(folder).partial(hash, size), torn);
  const store = await openBlobStore({ folder, warn: () => undefined });

  await fetchInto(store, { peer: await testPeer(), hash, sources: [addressOf(source)] });
  expect(await store.get(hash)).toEqual(blob);
  expect(store.usedBytes).toBe(size);
});
