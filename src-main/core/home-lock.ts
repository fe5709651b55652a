import { join } from 'node:path';
import { existsSync, rmSync } from 'node:fs';
import Database from 'libsql';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';

export interface HomeLock {
  release(): void;
}

const pathIn = (home: string): string => join(home, 'millrace.lock');

/**
 * Makes sure that one Millrace at a time works with a data folder: two would train under one key and corrupt each other's files.
 * The lock is a transaction in an otherwise empty database. Unlike a pid file it cannot be left behind: the operating system
 * lets go of it when the process ends, however it ends.
 * @throws MillraceError ALREADY_RUNNING, DATABASE
 */
export function lockHome(home: string): HomeLock {
  const path = pathIn(home);
  try {
    return takeLock(path);
  } catch (error) {
    if (errorCode(error) === 'SQLITE_BUSY') {
      throw new MillraceError(
        'ALREADY_RUNNING',
        `Millrace is already running with this data folder (${home}). The command \`status\` shows what it does; another --home starts a second one.`,
      );
    }
    if (errorCode(error) !== 'SQLITE_NOTADB') throw unusable(path, error);
  }
  // Damaged, and it holds nothing worth keeping.
  try {
    rmSync(path, { force: true });
    return takeLock(path);
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/** Whether a Millrace works with this data folder right now. */
export function isHomeLocked(home: string): boolean {
  // Whoever works there has made the file. A look makes none, and need not be able to.
  if (!existsSync(pathIn(home))) return false;
  try {
    lockHome(home).release();
    return false;
  } catch (error) {
    if (errorCode(error) === 'ALREADY_RUNNING') return true;
    throw error;
  }
}

function takeLock(path: string): HomeLock {
  const database = new Database(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw error;
  }
  return { release: () => database.close() };
}

const unusable = (path: string, cause: unknown): MillraceError =>
  new MillraceError('DATABASE', `The lock file ${path} cannot be used: ${errorMessage(cause)}`, { cause });
