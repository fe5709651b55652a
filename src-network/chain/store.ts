import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import * as v from 'valibot';
import { type EmissionEvent, MAX_EMISSIONS_PER_QUERY } from '#protocol/chain/chain-client.ts';
import { alpha } from '#protocol/units.ts';
import { amountRao, coldkey, count, hash32, hotkey } from '#protocol/chain/wire-values.ts';
import { check } from '#protocol/envelope.ts';
import { errorCode, errorMessage, MillraceError } from '#protocol/errors.ts';
import { hashOf } from './block.ts';
import { type ChainStore, publicHeader } from './node.ts';
import type { ChainHeader, ChainTip } from './state.ts';
import { decodeState, encodeSection, SECTION_NAMES, stateRootOf } from './state-codec.ts';

/** Headers kept: over two hours at 500 ms, so that a client that slept can still ask. Emissions are kept for ever. */
export const KEPT_HEADERS = 20_000;

const FORMAT = 1;
const SCHEMA = `
  CREATE TABLE sections (name TEXT PRIMARY KEY, data BLOB NOT NULL) WITHOUT ROWID;
  CREATE TABLE headers (
    number INTEGER PRIMARY KEY, hash TEXT NOT NULL, parentHash TEXT NOT NULL, timestampMs INTEGER NOT NULL,
    extrinsicsRoot TEXT NOT NULL, stateRoot TEXT NOT NULL, salt TEXT NOT NULL
  );
  CREATE TABLE emissions (
    hotkey TEXT NOT NULL, block INTEGER NOT NULL, coldkey TEXT NOT NULL, amountRao TEXT NOT NULL,
    PRIMARY KEY (hotkey, block)
  ) WITHOUT ROWID;
  CREATE TABLE identity (genesisHash TEXT NOT NULL);
  PRAGMA user_version = ${FORMAT};
`;

const headerSchema = v.object({
  number: count,
  hash: hash32,
  parentHash: hash32,
  timestampMs: count,
  extrinsicsRoot: hash32,
  stateRoot: hash32,
  salt: v.string(),
});
const emissionSchema = v.object({ block: count, hotkey, coldkey, amountRao });
const sectionSchema = v.object({ data: v.instance(Uint8Array) });

export interface OpenedStore extends ChainStore {
  readonly path: string;
  /** The newest block that was stored. */
  readonly tip: ChainTip;
  close(): void;
}

/**
 * Opens `dataDir/chain.db`, or makes it with the block that `genesis` gives. One process at a time.
 * @throws MillraceError DATABASE when the file is damaged or the disk fails, ALREADY_RUNNING when another process has it
 */
export function openChainStore(dataDir: string, genesis: () => ChainTip): OpenedStore {
  const path = join(dataDir, 'chain.db');
  try {
    mkdirSync(dataDir, { recursive: true });
    if (!existsSync(path)) create(path, genesis());
  } catch (cause) {
    throw new MillraceError('DATABASE', `Cannot create ${path}: ${errorMessage(cause)}`, { cause });
  }
  let database: Database.Database | undefined;
  try {
    if (statSync(path).size === 0) throw new MillraceError('DATABASE', 'the file is empty'); // SQLite would start a new one
    database = new Database(path);
    return openExisting(database, path);
  } catch (cause) {
    database?.close();
    if (errorCode(cause) === 'SQLITE_BUSY') {
      throw new MillraceError('ALREADY_RUNNING', `Another chain process is using ${path}. Stop it first.`, { cause });
    }
    const words = `The chain database ${path} is damaged or unreadable (${errorMessage(cause)}). Nothing was changed.`;
    const advice = `Put back a copy of it, or move the folder ${dataDir} away to start a new, empty devnet.`;
    throw new MillraceError('DATABASE', `${words} ${advice}`, { cause });
  }
}

/** Made under another name and moved into place whole: a file called chain.db always has a genesis, so an empty one is damage. */
function create(path: string, tip: ChainTip): void {
  const unfinished = `${path}.new`;
  for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(unfinished + suffix, { force: true });
  for (const suffix of ['-journal', '-wal', '-shm']) rmSync(path + suffix, { force: true }); // of a file that is gone
  const database = new Database(unfinished);
  try {
    database.transaction(() => {
      database.exec(SCHEMA);
      database.prepare('INSERT INTO identity VALUES (?)').run(tip.genesisHash);
      writeBlock(prepare(database), null, tip, []);
    })();
  } finally {
    database.close();
  }
  renameSync(unfinished, path);
}

function openExisting(database: Database.Database, path: string): OpenedStore {
  // The lock before anything is read, and nothing is written before all is checked.
  database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT');
  checkIntegrity(database);
  const start = readTip(database);
  // Full: a paid block survives a power cut.
  database.exec('PRAGMA synchronous = FULL');
  database.pragma('journal_mode = WAL');

  const statements = prepare(database);
  let tip = start;
  const store: OpenedStore = {
    path,
    tip: start,
    append(next, emissions) {
      try {
        database.transaction(() => writeBlock(statements, tip, next, emissions))();
      } catch (cause) {
        const words = `Cannot write block ${next.head.number} to ${path}: ${errorMessage(cause)}`;
        throw new MillraceError('DATABASE', words, { cause });
      }
      tip = next;
    },
    header(number) {
      const row: unknown = statements.header.get(number);
      return row === undefined ? null : publicHeader(check(headerSchema, row, `Block ${number}`));
    },
    emissions: (of, afterBlock) =>
      statements.emissions
        .all(of, afterBlock, MAX_EMISSIONS_PER_QUERY)
        .map((row) => check(emissionSchema, row, 'Emission'))
        .map((event): EmissionEvent => ({ ...event, amountAlpha: alpha(event.amountRao) })),
    close: () => closeDatabase(database),
  };
  return store;
}

/**
 * Leaves one plain file and no lock. libsql frees a connection, and with it the lock, only when its statements are collected
 * as garbage; so the lock is given up by name.
 */
function closeDatabase(database: Database.Database): void {
  database.pragma('journal_mode = DELETE');
  database.exec('PRAGMA locking_mode = NORMAL; SELECT 1 FROM identity');
  database.close();
}

function checkIntegrity(database: Database.Database): void {
  const version = v.parse(v.object({ user_version: v.number() }), database.prepare('PRAGMA user_version').get());
  if (version.user_version !== FORMAT) {
    throw new MillraceError('DATABASE', `format ${version.user_version} instead of ${FORMAT}`);
  }
  const result = v.parse(v.object({ quick_check: v.string() }), database.prepare('PRAGMA quick_check(1)').get());
  if (result.quick_check !== 'ok') throw new MillraceError('DATABASE', result.quick_check);
}

/** The hashes in the header must be those of what was read, so damage that SQLite does not notice is found too. */
function readTip(database: Database.Database): ChainTip {
  const identity = database.prepare('SELECT genesisHash FROM identity').get();
  const { genesisHash } = check(v.object({ genesisHash: hash32 }), identity, 'Identity');
  const newest = database.prepare('SELECT * FROM headers ORDER BY number DESC LIMIT 1').get();
  const head: ChainHeader = check(headerSchema, newest, 'Newest block');
  const read = database.prepare('SELECT data FROM sections WHERE name = ?');
  const state = decodeState((name) => Uint8Array.from(check(sectionSchema, read.get(name), name).data));
  if (hashOf(head) !== head.hash) throw new MillraceError('DATABASE', 'the newest block has another hash');
  if (stateRootOf(state) !== head.stateRoot) throw new MillraceError('DATABASE', 'the state has another hash');
  return { genesisHash, head, state };
}

type Statements = ReturnType<typeof prepare>;

const prepare = (database: Database.Database) => ({
  section: database.prepare('INSERT OR REPLACE INTO sections VALUES (?, ?)'),
  insertHeader: database.prepare('INSERT INTO headers VALUES (?, ?, ?, ?, ?, ?, ?)'),
  forget: database.prepare('DELETE FROM headers WHERE number <= ?'),
  emission: database.prepare('INSERT INTO emissions (hotkey, block, coldkey, amountRao) VALUES (?, ?, ?, ?)'),
  header: database.prepare('SELECT * FROM headers WHERE number = ?'),
  emissions: database.prepare('SELECT * FROM emissions WHERE hotkey = ? AND block > ? ORDER BY block LIMIT ?'),
});

function writeBlock(
  statements: Statements,
  before: ChainTip | null,
  { head, state }: ChainTip,
  emissions: readonly EmissionEvent[],
): void {
  for (const name of SECTION_NAMES) {
    if (before?.state[name] !== state[name]) statements.section.run(name, encodeSection(state, name));
  }
  const { number, hash, parentHash, timestampMs, extrinsicsRoot, stateRoot, salt } = head;
  statements.insertHeader.run(number, hash, parentHash, timestampMs, extrinsicsRoot, stateRoot, salt);
  statements.forget.run(number - KEPT_HEADERS);
  for (const { block, hotkey: payee, coldkey: account, amountRao: amount } of emissions) {
    statements.emission.run(payee, block, account, amount.toString());
  }
}
