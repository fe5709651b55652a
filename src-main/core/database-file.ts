import { existsSync, renameSync } from 'node:fs';
import Database from 'libsql';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { moveAside } from './private-file.ts';

export interface DatabaseFile {
  readonly path: string;
  /** For messages: `earnings database`. */
  readonly what: string;
  /** One step each; the database remembers how many it has taken. Never edit a step that was released: add one. */
  readonly migrations: readonly string[];
}

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
export function openDatabaseFile(file: DatabaseFile, nowMs: number): OpenedDatabase {
  const { path } = file;
  try {
    return { database: openChecked(file), damagedPath: null };
  } catch (error) {
    if (!DAMAGE_CODES.has(errorCode(error))) throw databaseError(file, error);
  }
  try {
    const damagedPath = moveAside(path, nowMs);
    // The write-ahead log goes along: replayed into the new file it would damage that too.
    for (const suffix of ['-wal', '-shm']) {
      if (existsSync(path + suffix)) renameSync(path + suffix, damagedPath + suffix);
    }
    return { database: openChecked(file), damagedPath };
  } catch (cause) {
    throw databaseError(file, cause);
  }
}

function openChecked(file: DatabaseFile): Database.Database {
  const database = new Database(file.path);
  try {
    // The command line writes beside the app.
    database.pragma('busy_timeout = 5000');
    // What was confirmed must survive a crash of the machine too, not only of the process.
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    const verdict = database.prepare('PRAGMA quick_check(1)').get() as { readonly quick_check: string };
    if (verdict.quick_check !== 'ok') throw Object.assign(new Error(verdict.quick_check), { code: 'SQLITE_CORRUPT' });
    migrate(database, file);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: Database.Database, { path, migrations }: DatabaseFile): void {
  const { user_version: version } = database.prepare('PRAGMA user_version').get() as { readonly user_version: number };
  if (version > migrations.length) {
    throw new MillraceError('DATABASE', `${path} was written by a newer Millrace (schema ${version}); please update.`);
  }
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

function databaseError({ path, what }: DatabaseFile, cause: unknown): MillraceError {
  if (cause instanceof MillraceError) return cause;
  return new MillraceError('DATABASE', `The ${what} ${path} cannot be used: ${errorMessage(cause)}`, {
    cause,
  });
}
