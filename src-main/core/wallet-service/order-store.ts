import { join } from 'node:path';
import type Database from 'libsql';
import * as v from 'valibot';
import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import { orderInputSchema, type OrderStatus } from '#protocol/contract/wallet.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { Coldkey } from '#protocol/ids.ts';
import { openDatabaseFile } from '../database-file.ts';

/** Whose orders on which chain. */
export interface OrderAccount {
  readonly genesisHash: string;
  readonly coldkey: Coldkey;
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const amount = v.pipe(v.string(), v.regex(/^\d{1,20}$/));
const amountSchema = v.variant('unit', [
  v.object({ unit: v.literal('tao'), amount }),
  v.object({ unit: v.literal('alpha'), netuid: count, amount }),
]);

const statusSchema = v.variant('kind', [
  v.object({ kind: v.literal('signing') }),
  v.object({ kind: v.literal('pending') }),
  v.object({ kind: v.literal('in-block'), block: count }),
  v.object({ kind: v.literal('finalized'), block: count }),
  v.object({ kind: v.literal('refused'), block: v.nullable(count), error: v.string(), message: v.string() }),
  v.object({ kind: v.literal('not-sent'), message: v.string() }),
  v.object({ kind: v.literal('unknown'), message: v.string() }),
]);

const detailSchema = v.object({
  order: orderInputSchema,
  pays: amountSchema,
  receives: v.nullable(amountSchema),
  /** As the chain quoted it. */
  feeRao: amount,
});
type OrderDetail = v.InferOutput<typeof detailSchema>;

export interface StoredOrder extends OrderDetail {
  readonly id: string;
  readonly placedAtMs: number;
  readonly status: OrderStatus;
  /** Written before it is sent; `null`: it never was. */
  readonly sent: SentCall | null;
  /** Its place among the account's transactions; `null` where another with a later one may be signed beside it. */
  readonly nonce: number | null;
}

/** What was asked of a coldkey. Each method may throw MillraceError DATABASE; what has been written survives a loss of power. */
export interface OrderStore {
  add(account: OrderAccount, order: Omit<StoredOrder, 'nonce'>): void;
  /** Before it is sent. Of those that a node refused one with the same nonce is free: of the two at most one comes to be. */
  setSent(account: OrderAccount, id: string, sent: SentCall, nonce: number): void;
  setStatus(id: string, status: OrderStatus): void;
  /** It can never come to be any more. */
  setVoid(id: string): void;
  /** Newest first. */
  recent(account: OrderAccount, limit: number): readonly StoredOrder[];
  /** Genesis hash of the chain of this coldkey's newest order; `null`: it has none. */
  lastChain(coldkey: Coldkey): string | null;
  /** Those whose end is not known, oldest first. */
  open(account: OrderAccount, limit: number): readonly StoredOrder[];
  /**
   * Those that a node refused after they were signed, which it may have passed on all the same.
   * @param sinceMs placed since then; those with a nonce whenever, because the clock may have been another one
   */
  refusedByNode(account: OrderAccount, sinceMs: number, limit: number): readonly StoredOrder[];
  close(): void;
}

const MIGRATIONS: readonly string[] = [
  `CREATE TABLE orders (
     id TEXT PRIMARY KEY,
     genesis_hash TEXT NOT NULL,
     coldkey TEXT NOT NULL,
     placed_at_ms INTEGER NOT NULL,
     detail TEXT NOT NULL,
     status_kind TEXT NOT NULL,
     status TEXT NOT NULL,
     hash TEXT,
     after_block INTEGER
   ) STRICT;
   CREATE INDEX orders_of_account ON orders (genesis_hash, coldkey, placed_at_ms);`,
  // Those of before were signed within the minutes after they were placed.
  `ALTER TABLE orders ADD COLUMN begun_at_ms INTEGER;
   UPDATE orders SET begun_at_ms = placed_at_ms + 600000 WHERE hash IS NOT NULL;`,
  'ALTER TABLE orders ADD COLUMN nonce INTEGER;',
];

const rowSchema = v.object({
  id: v.string(),
  placedAtMs: count,
  detail: v.pipe(v.string(), v.parseJson(), detailSchema),
  status: v.pipe(v.string(), v.parseJson(), statusSchema),
  hash: v.nullable(v.string()),
  afterBlock: v.nullable(count),
  begunAtMs: v.nullable(count),
  nonce: v.nullable(count),
});

/** Opens `home/wallet.db`; a damaged one is moved aside. @throws MillraceError DATABASE */
export function openOrderStore(
  home: string,
  nowMs: number,
): { readonly orders: OrderStore; readonly damagedPath: string | null } {
  const file = { path: join(home, 'wallet.db'), what: 'database of orders', migrations: MIGRATIONS };
  const { database, damagedPath } = openDatabaseFile(file, nowMs);
  return { orders: guarded(() => storeOver(database)), damagedPath };
}

function storeOver(database: Database.Database): OrderStore {
  const insert = database.prepare('INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL)');
  const updateSent = database.prepare(
    'UPDATE orders SET hash = ?, after_block = ?, begun_at_ms = ?, nonce = ?, status_kind = ?, status = ? WHERE id = ?',
  );
  const freeNonce = database.prepare(
    "UPDATE orders SET nonce = NULL WHERE genesis_hash = ? AND coldkey = ? AND nonce = ? AND status_kind = 'refused'",
  );
  const updateVoid = database.prepare('UPDATE orders SET nonce = NULL WHERE id = ?');
  const updateStatus = database.prepare('UPDATE orders SET status_kind = ?, status = ? WHERE id = ?');
  const columns =
    'id, placed_at_ms AS placedAtMs, detail, status, hash, after_block AS afterBlock, begun_at_ms AS begunAtMs, nonce';
  const selectRecent = database.prepare(
    `SELECT ${columns} FROM orders WHERE genesis_hash = ? AND coldkey = ? ORDER BY placed_at_ms DESC, rowid DESC LIMIT ?`,
  );
  const selectOpen = database.prepare(
    `SELECT ${columns} FROM orders WHERE genesis_hash = ? AND coldkey = ?
       AND status_kind IN ('signing', 'pending', 'in-block') ORDER BY placed_at_ms, rowid LIMIT ?`,
  );
  const selectRefused = database.prepare(
    `SELECT ${columns} FROM orders WHERE genesis_hash = ? AND coldkey = ? AND (placed_at_ms >= ? OR nonce IS NOT NULL) AND hash IS NOT NULL
       AND status_kind = 'refused' AND json_extract(status, '$.block') IS NULL
       AND json_extract(status, '$.error') <> 'Expired' ORDER BY placed_at_ms DESC, rowid DESC LIMIT ?`,
  );
  const selectChain = database.prepare(
    'SELECT genesis_hash AS genesisHash FROM orders WHERE coldkey = ? ORDER BY placed_at_ms DESC, rowid DESC LIMIT 1',
  );
  const changed = ({ changes }: { readonly changes: number }): void => {
    if (changes !== 1) throw new Error('there is no such order');
  };

  return {
    add: ({ genesisHash, coldkey }, { id, placedAtMs, status, sent, ...detail }) =>
      guarded(() => {
        const { order, pays, receives, feeRao } = detail;
        const texts = [JSON.stringify({ order, pays, receives, feeRao }), status.kind, JSON.stringify(status)];
        const { hash = null, afterBlock = null, begunAtMs = null } = sent ?? {};
        insert.run(id, genesisHash, coldkey, placedAtMs, ...texts, hash, afterBlock, begunAtMs);
      }),
    setSent: ({ genesisHash, coldkey }, id, { hash, afterBlock, begunAtMs }, nonce) =>
      guarded(() => {
        const status: OrderStatus = { kind: 'pending' };
        changed(updateSent.run(hash, afterBlock, begunAtMs, nonce, status.kind, JSON.stringify(status), id));
        freeNonce.run(genesisHash, coldkey, nonce);
      }),
    setStatus: (id, status) => guarded(() => changed(updateStatus.run(status.kind, JSON.stringify(status), id))),
    setVoid: (id) => guarded(() => changed(updateVoid.run(id))),
    recent: ({ genesisHash, coldkey }, limit) =>
      guarded(() => selectRecent.all(genesisHash, coldkey, limit).map(storedOrder)),
    lastChain: (coldkey) =>
      guarded(() => (selectChain.get(coldkey) as { readonly genesisHash: string } | undefined)?.genesisHash ?? null),
    open: ({ genesisHash, coldkey }, limit) =>
      guarded(() => selectOpen.all(genesisHash, coldkey, limit).map(storedOrder)),
    refusedByNode: ({ genesisHash, coldkey }, sinceMs, limit) =>
      guarded(() => selectRefused.all(genesisHash, coldkey, sinceMs, limit).map(storedOrder)),
    close: () =>
      guarded(() => {
        database.pragma('wal_checkpoint(TRUNCATE)');
        database.close();
      }),
  };
}

function storedOrder(row: unknown): StoredOrder {
  const { id, placedAtMs, detail, status, hash, afterBlock, begunAtMs, nonce } = v.parse(rowSchema, row);
  return {
    ...detail,
    id,
    placedAtMs,
    status,
    nonce,
    sent: hash === null || afterBlock === null || begunAtMs === null ? null : { hash, afterBlock, begunAtMs },
  };
}

function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new MillraceError('DATABASE', `The database of orders failed: ${errorMessage(cause)}`, { cause });
  }
}
