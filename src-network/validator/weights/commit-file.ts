import { readFile, stat } from 'node:fs/promises';
import * as v from 'valibot';
import { hash32, count, u16, uid } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import { errorCode, errorMessage, ProtocolError } from '#protocol/errors.ts';
import { replaceFile } from '#worker/weights/replace-file.ts';
import { MAX_PENDING, type PendingCommit } from './weight-plan.ts';

/** Where weights last that were committed to and not revealed yet. */
export interface CommitFile {
  readonly load: () => Promise<readonly PendingCommit[]>;
  /** Whole or not at all; on disk when it returns. Throws what the disk throws: nothing may be committed to that cannot be revealed. */
  readonly save: (commits: readonly PendingCommit[]) => Promise<void>;
}

const MAX_WEIGHTS = 4_096;
const MAX_SALT = 64;
/** `MAX_PENDING` lists of `MAX_WEIGHTS`, each entry at most 35 characters, and something for the rest. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Only the owner reads it: who knew the weights before their time could copy them. */
const FILE_MODE = 0o600;

const commitSchema = v.strictObject({
  ...{ hash: hash32, epoch: count, salt: v.pipe(v.array(u16), v.maxLength(MAX_SALT)) },
  weights: v.pipe(v.array(v.strictObject({ uid, weight: u16 })), v.maxLength(MAX_WEIGHTS)),
  versionKey: v.pipe(
    v.string(),
    v.regex(/^\d{1,20}$/),
    v.transform((text) => BigInt(text)),
  ),
});
const fileSchema = v.strictObject({
  version: v.literal(1),
  commits: v.pipe(v.array(commitSchema), v.maxLength(MAX_PENDING)),
});

/** @param warn told of a file that cannot be read: what it had cannot be revealed, and later weights can */
export function openCommitFile(path: string, warn: (message: string) => void): CommitFile {
  return {
    async load() {
      try {
        const { size } = await stat(path);
        if (size > MAX_FILE_BYTES) throw new ProtocolError(`${size} bytes; at most ${MAX_FILE_BYTES} make sense`);
        return check(fileSchema, JSON.parse(await readFile(path, 'utf8')), 'Commits').commits;
      } catch (error) {
        if (errorCode(error) !== 'ENOENT')
          warn(`Weights that were committed to cannot be read, and are not revealed: ${errorMessage(error)}`);
        return [];
      }
    },
    async save(commits) {
      const plain = commits.map((commit) => ({ ...commit, versionKey: commit.versionKey.toString() }));
      const text = JSON.stringify({ version: 1, commits: plain });
      await replaceFile(path, (handle) => handle.writeFile(text), FILE_MODE);
    },
  };
}
