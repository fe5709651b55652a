import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import * as v from 'valibot';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';

/** "MLdn": says that a SQLite file is a devnet's. */
const APPLICATION_ID = 0x4d4c646e;
const FORMAT = 1;

/**
 * `state` has each value from a block on until the key's next row; `NULL`: the entry is missing from there on. Keys and hashes
 * are raw bytes, headers and lists of extrinsics SCALE.
 */
const SCHEMA = `
  CREATE TABLE identity (specVersion INTEGER NOT NULL, genesis TEXT NOT NULL, oldestState INTEGER NOT NULL);
  CREATE TABLE blocks (
    number INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, header BLOB NOT NULL, extrinsics BLOB NOT NULL
  );
  CREATE TABLE state (key BLOB NOT NULL, since INTEGER NOT NULL, value BLOB, PRIMARY KEY (key, since)) WITHOUT ROWID;
  CREATE INDEX stateByBlock ON state (since);
  PRAGMA application_id = ${APPLICATION_ID};
  PRAGMA user_version = ${FORMAT};
`;

export interface DevnetDatabase {
  readonly path: string;
  readonly database: Database.Database;
  /** Leaves one plain file and no lock. */
  readonly close: () => void;
}

/**
 * Opens `dataDir/devnet.db`, or makes it, empty but for its tables. One process at a time.
 * @throws MillraceError DATABASE when the file is not a devnet's, is damaged, or the disk fails; ALREADY_RUNNING when another
 * process has it
 */
export function openDevnetDatabase(dataDir: string, whenNew: (database: Database.Database) => void): DevnetDatabase {
  const path = join(dataDir, 'devnet.db');
  try {
    mkdirSync(dataDir, { recursive: true });
    if (!existsSync(path)) create(path, whenNew);
  } catch (cause) {
    throw new MillraceError('DATABASE', `Cannot create ${path}: ${errorMessage(cause)}`, { cause });
  }
  return guarded(path, () => openExisting(path));
}

/** Runs what reads the file; words for its owner when it cannot. @throws MillraceError */
export function guarded<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (errorCode(cause) === 'SQLITE_BUSY') {
      throw new MillraceError('ALREADY_RUNNING', `Another devnet is using ${path}. Stop it first.`, { cause });
    }
    const words = `The devnet's database ${path} cannot be used (${errorMessage(cause)}). Nothing was changed.`;
    throw new MillraceError('DATABASE', `${words} Put back a copy of it, or move it away to start a new devnet.`, {
      cause,
    });
  }
}

/** Made under another name and moved into place whole: a devnet.db always has its tables, so an empty one is damage. */
function create(path: string, whenNew: (database: Database.Database) => void): void {
  const unfinished = `${path}.new`;
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true });
  for (const suffix of ['-journal', '-wal', '-shm']) rmSync(path + suffix, { force: true }); // of a file that is gone
  const database = new Database(unfinished);
  try {
    database.transaction(() => {
      database.exec(SCHEMA);
      whenNew(database);
    })();
  } finally {
    database.close();
  }
  renameSync(unfinished, path);
}

function openExisting(path: string): DevnetDatabase {
  if (statSync(path).size === 0) throw new MillraceError('DATABASE', 'the file is empty'); // SQLite would start a new one
  const database = new Database(path);
  try {
    // The lock before anything is read, and nothing is written before all is checked.
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
    checkFormat(database);
  } catch (error) {
    database.close();
    throw error;
  }
  const close = (): void => {
    // libsql frees a connection, and with it the lock, only when its statements are collected; so the lock is given up by name.
    database.pragma('journal_mode = DELETE');
    database.exec('PRAGMA locking_mode = NORMAL; SELECT 1 FROM identity');
    database.close();
  };
  return { path, database, close };
}

function checkFormat(database: Database.Database): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0];
  if (pragma('application_id') !== APPLICATION_ID) throw new MillraceError('DATABASE', "it is not a devnet's");
  const version = v.parse(v.number(), pragma('user_version'));
  if (version !== FORMAT)
    throw new MillraceError('DATABASE', `it has format ${version}, this program format ${FORMAT}`);
  const found = pragma('quick_check(1)');
  if (found !== 'ok') throw new MillraceError('DATABASE', `it is damaged: ${String(found)}`);
}
