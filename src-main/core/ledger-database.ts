import { existsSync, renameSync } from 'node:fs';
import Database from 'libsql';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { moveAside } from './private-file.ts';

/** One step each; the database remembers how many it has taken. Never edit a step that was released: add one. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE emissions (
     genesis_hash TEXT NOT NULL,
     hotkey TEXT NOT NULL,
     block INTEGER NOT NULL,
     amount_rao INTEGER NOT NULL,
     paid_at_ms INTEGER,
     PRIMARY KEY (genesis_hash, hotkey, block)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE rounds (
     genesis_hash TEXT NOT NULL,
     hotkey TEXT NOT NULL,
     round INTEGER NOT NULL,
     round_blocks INTEGER NOT NULL,
     loss REAL NOT NULL,
     tokens_per_second REAL NOT NULL,
     update_bytes INTEGER NOT NULL,
     score REAL,
     score_reason TEXT,
     state_root TEXT,
     finished_at_ms INTEGER NOT NULL,
     PRIMARY KEY (genesis_hash, hotkey, round)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE accounts (
     genesis_hash TEXT NOT NULL,
     hotkey TEXT NOT NULL,
     used_at_ms INTEGER NOT NULL,
     PRIMARY KEY (genesis_hash, hotkey)
   ) STRICT, WITHOUT ROWID;`,
  'ALTER TABLE rounds ADD COLUMN eval_loss REAL;',
  'ALTER TABLE rounds ADD COLUMN reputation REAL;',
  // Unknown for what the devnet's first chain paid, in TAO.
  'ALTER TABLE emissions ADD COLUMN amount_alpha INTEGER;',
  // Blocks whose payments are all in `emissions`; hashes tell whether they are the chain's, unknown for what was read earlier.
  `ALTER TABLE emissions ADD COLUMN block_hash TEXT;
   CREATE TABLE read_blocks (
     genesis_hash TEXT NOT NULL,
     hotkey TEXT NOT NULL,
     after_block INTEGER NOT NULL,
     until_block INTEGER NOT NULL,
     until_hash TEXT,
     PRIMARY KEY (genesis_hash, hotkey, until_block)
   ) STRICT, WITHOUT ROWID;
   INSERT INTO read_blocks
     SELECT genesis_hash, hotkey, 0, MAX(block), NULL FROM emissions GROUP BY genesis_hash, hotkey;`,
];

/** What SQLite says of a file that is not, or no longer, a sound database. */
const DAMAGE_CODES: ReadonlySet<string | undefined> = new Set(['SQLITE_CORRUPT', 'SQLITE_NOTADB']);

export interface OpenedDatabase {
  readonly database: Database.Database;
  /** Where a damaged file was moved to; `null` when all is well. */
  readonly damagedPath: string | null;
}

/**
 * Opens the database, checks it and brings it to the newest schema. A damaged one is moved aside and a new one begun.
 * @throws MillraceError DATABASE when the disk refuses or a newer Millrace wrote it
 */
export function openLedgerDatabase(path: string, nowMs: number): OpenedDatabase {
  try {
    return { database: openChecked(path), damagedPath: null };
  } catch (error) {
    if (!DAMAGE_CODES.has(errorCode(error))) throw databaseError(path, error);
  }
  try {
    const damagedPath = moveAside(path, nowMs);
    // The write-ahead log goes along: replayed into the new file it would damage that too.
    for (const suffix of ['-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, damagedPath + suffix);
    }
    return { database: openChecked(path), damagedPath };
  } catch (cause) {
    throw databaseError(path, cause);
  }
}

function openChecked(path: string): Database.Database {
  const database = new Database(path);
  try {
    // What was confirmed must survive a crash of the machine too, not only of the process.
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    const verdict = database.prepare('PRAGMA quick_check(1)').get() as { readonly quick_check: string };
    if (verdict.quick_check !== 'ok') throw Object.assign(new Error(verdict.quick_check), { code: 'SQLITE_CORRUPT' });
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: Database.Database, path: string): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number };
  if (version > MIGRATIONS.length) {
    throw new MillraceError('DATABASE', `${path} was written by a newer Millrace (schema ${version}); please update.`);
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

function databaseError(path: string, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  return new MillraceError('DATABASE', `The earnings database ${path} cannot be used: ${errorMessage(cause)}`, {
    cause,
  });
}
