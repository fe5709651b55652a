import { openBlobStore } from '#worker/blobs/blob-store.ts';
import { pattern } from '../peer/pattern.ts';

/** A process for crash-safety.test.ts: puts blobs without end and tells the hash of each that is stored, until it is killed. */
const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) throw new Error('put-forever FOLDER');
const store = await openBlobStore({ folder, warn: (message) => process.stderr.write(`${message}\n`) });
for (let seed = 0; ; seed += 1) process.stdout.write(`${await store.put(pattern(400_000, seed))}\n`);
