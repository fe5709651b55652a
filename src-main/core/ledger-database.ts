import { type OpenedDatabase, openDatabaseFile } from './database-file.ts';

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

/** @throws MillraceError DATABASE when the disk refuses or a newer Millrace wrote it */
export const openLedgerDatabase = (path: string, nowMs: number): OpenedDatabase =>
  openDatabaseFile({ path, what: 'earnings database', migrations: MIGRATIONS }, nowMs);
