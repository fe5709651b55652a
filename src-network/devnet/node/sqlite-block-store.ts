import type Database from 'libsql';
import * as v from 'valibot';
import { fromHex, toHex } from '#protocol/bytes.ts';
import { check } from '#protocol/envelope.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { orderedRoot } from '../runtime/execute-block.ts';
import { hashOfHeader, header } from '../runtime/header.ts';
import type { Changes } from '../runtime/state.ts';
import { RUNTIME_VERSION } from '../runtime/version.ts';
import { vec } from '../scale/composites.ts';
import { decode } from '../scale/decode.ts';
import { bytes } from '../scale/primitives.ts';
import type { Block } from './block.ts';
import type { BlockStore, StoredChain } from './block-store.ts';
import { guarded, openDevnetDatabase } from './devnet-database.ts';
import type { StateVersion } from './state-history.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** libsql gives one row's bytes as a Buffer, those of many as ArrayBuffers. */
const blob = v.pipe(
  v.union([v.instance(Uint8Array), v.instance(ArrayBuffer)]),
  v.transform((value) => new Uint8Array(value)),
);
const identitySchema = v.object({ specVersion: count, genesis: v.string(), oldestState: count });
const blockSchema = v.object({ number: count, hash: blob, header: blob, extrinsics: blob });
const versionSchema = v.object({ key: blob, since: count, value: v.nullable(blob) });
const keySchema = v.object({ key: blob });

const extrinsicList = vec(bytes);

export interface OpenedBlockStore extends BlockStore {
  readonly path: string;
  /** What the chain was described by when it was made. */
  readonly genesis: string;
  readonly close: () => void;
}

/**
 * A devnet's blocks and state in `dataDir/devnet.db`: all headers and extrinsics, and of the state what the node may still be asked for.
 * @param genesis text that describes the chain; kept by a new one, and given back by one that there is already
 * @throws MillraceError DATABASE, ALREADY_RUNNING
 */
export function openBlockStore(dataDir: string, genesis: string): OpenedBlockStore {
  const { path, database, close } = openDevnetDatabase(dataDir, (created) => {
    created.prepare('INSERT INTO identity VALUES (?, ?, 0)').run(RUNTIME_VERSION.specVersion, genesis);
  });
  try {
    return guarded(path, () => opened(path, database, close));
  } catch (error) {
    close();
    throw error;
  }
}

function opened(path: string, database: Database.Database, close: () => void): OpenedBlockStore {
  const readIdentity = () => check(identitySchema, database.prepare('SELECT * FROM identity').get(), 'Identity');
  const { specVersion, genesis } = readIdentity();
  if (specVersion !== RUNTIME_VERSION.specVersion) {
    const words = `it was made by runtime ${specVersion}, this program has ${RUNTIME_VERSION.specVersion}`;
    throw new MillraceError('DATABASE', words);
  }
  let hasLog = false;
  const statements = prepare(database);
  const readBlock = (row: unknown): Block | null => (row === undefined ? null : blockOf(row));
  return {
    ...{ path, genesis, close },
    load: (newest) => loaded(database, newest, readIdentity().oldestState),
    append(block, changes, oldestState) {
      try {
        // Not before all is checked: a file that is refused stays as it is. Full: a block that was told of survives a power cut.
        if (!hasLog) database.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL');
        hasLog = true;
        database.transaction(() => write(statements, block, changes, oldestState))();
      } catch (cause) {
        const words = `Cannot write block ${block.header.number} to ${path}: ${errorMessage(cause)}`;
        throw new MillraceError('DATABASE', words, { cause });
      }
    },
    blockAt: (number) => readBlock(statements.blockAt.get(number)),
    blockOf: (hash) => readBlock(statements.blockOf.get(blobOf(hash))),
  };
}

function loaded(database: Database.Database, newest: number, oldestState: number): StoredChain | null {
  const rows: unknown[] = database.prepare('SELECT * FROM blocks ORDER BY number DESC LIMIT ?').all(newest);
  if (rows.length === 0) return null;
  const blocks = rows.map(blockOf).toReversed();
  for (const [index, { header: each }] of blocks.entries()) {
    const before = blocks[index - 1];
    if (before !== undefined && toHex(each.parentHash) !== before.hash)
      throw new MillraceError('DATABASE', `block ${each.number} has another parent`);
  }
  const head = blocks.at(-1);
  if (head !== undefined && toHex(orderedRoot(head.extrinsics)) !== toHex(head.header.extrinsicsRoot))
    throw new MillraceError('DATABASE', `block ${head.header.number} has other extrinsics than its header says`);
  const first = database.prepare('SELECT * FROM blocks WHERE number = 0').get();
  if (first === undefined) throw new MillraceError('DATABASE', 'block 0 is missing');
  const versions = database.prepare('SELECT * FROM state ORDER BY since').all();
  return { genesisHash: blockOf(first).hash, blocks, versions: versions.map(versionOf), oldestState };
}

function blockOf(row: unknown): Block {
  const { number, hash, header: encoded, extrinsics } = check(blockSchema, row, 'Block');
  const block = { hash: toHex(hash), header: decode(header, encoded), extrinsics: decode(extrinsicList, extrinsics) };
  if (block.header.number !== number || toHex(hashOfHeader(block.header)) !== block.hash)
    throw new MillraceError('DATABASE', `block ${number} has another hash`);
  return block;
}

function versionOf(row: unknown): StateVersion {
  const { key, ...version } = check(versionSchema, row, 'State');
  return { key: toHex(key), ...version };
}

const blobOf = (hex: string): Buffer => Buffer.from(fromHex(hex));

type Statements = ReturnType<typeof prepare>;

const prepare = (database: Database.Database) => ({
  block: database.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?)'),
  version: database.prepare('INSERT OR REPLACE INTO state VALUES (?, ?, ?)'),
  oldest: database.prepare('SELECT oldestState FROM identity'),
  setOldest: database.prepare('UPDATE identity SET oldestState = ?'),
  changedIn: database.prepare('SELECT DISTINCT key FROM state WHERE since > ? AND since <= ?'),
  /** What was over before block ?2, and that the entry was missing at first. */
  forget: database.prepare(`
    DELETE FROM state WHERE key = ?1 AND since <= ?2
    AND (value IS NULL OR since < (SELECT max(since) FROM state WHERE key = ?1 AND since <= ?2))
  `),
  blockAt: database.prepare('SELECT * FROM blocks WHERE number = ?'),
  blockOf: database.prepare('SELECT * FROM blocks WHERE hash = ?'),
});

function write(statements: Statements, block: Block, changes: Changes, oldestState: number): void {
  const { number } = block.header;
  const extrinsics = Buffer.from(extrinsicList.codec.enc(block.extrinsics));
  statements.block.run(number, blobOf(block.hash), Buffer.from(header.codec.enc(block.header)), extrinsics);
  for (const [key, value] of changes) {
    statements.version.run(blobOf(key), number, value === null ? null : Buffer.from(value));
  }
  const { oldestState: before } = statements.oldest.get() as { readonly oldestState: number };
  if (oldestState <= before) return;
  for (const row of statements.changedIn.all(before, oldestState)) {
    statements.forget.run(Buffer.from(check(keySchema, row, 'State').key), oldestState);
  }
  statements.setOldest.run(oldestState);
}
