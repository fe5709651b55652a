import { join } from 'node:path';
import type Database from 'libsql';
import * as v from 'valibot';
import type { RoundRecord } from '#protocol/contract/state.ts';
import { errorMessage, MillraceError, ProtocolError } from '#protocol/errors.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { type Alpha, parseAlpha, parseRao, type Rao, RAO_PER_TAO } from '#protocol/units.ts';
import { type EarnedDay, sumByDay } from './earned-days.ts';
import { openLedgerDatabase } from './ledger-database.ts';
import { addRange, cutRanges, type ReadRange } from './read-ranges.ts';

/** Whose money on which chain. A devnet that was begun anew has another genesis hash: its numbers stay apart. */
export interface LedgerAccount {
  readonly genesisHash: string;
  readonly hotkey: Hotkey;
}

export interface PaidEmission {
  readonly block: number;
  /** What was paid, in the subnet's token. */
  readonly amountAlpha: Alpha;
  /** Its worth at the block's price. */
  readonly amountRao: Rao;
  /** Time of the block; `null` when the chain has forgotten it. Such a payment counts in the total and in no day. */
  readonly paidAtMs: number | null;
  /** Tells whether the chain still has the block; `null`: not known. */
  readonly blockHash: string | null;
}

interface PaidBlock {
  readonly block: number;
  readonly hash: string | null;
}

/** A recorded payment; `amountAlpha` is `null` for what the devnet's first chain paid, in TAO. */
export interface Payment extends Pick<PaidEmission, 'block' | 'amountRao' | 'paidAtMs'> {
  readonly amountAlpha: Alpha | null;
}

interface EarningsSummary {
  readonly totalAlpha: Alpha;
  readonly totalRao: Rao;
  /** One for each of the days asked for, in their order. */
  readonly days: readonly EarnedDay<bigint>[];
  readonly lastRewardRao: Rao | null;
  readonly lastRewardAtMs: number | null;
}

/** A round as it is stored: its reward is not in it, because it follows from the emissions. */
export interface StoredRound extends Omit<RoundRecord, 'rewardRao'> {
  /** Length of the run's rounds in blocks. */
  readonly roundBlocks: number;
}

export interface PaidRound extends StoredRound {
  /** Emission in the blocks of the round, or `null` when there was none so far. */
  readonly rewardRao: Rao | null;
}

/** Every method may throw MillraceError DATABASE. What has been recorded survives `kill -9` and a loss of power. */
export interface Ledger {
  /** Remembers that this account is in use now. */
  useAccount(account: LedgerAccount, nowMs: number): void;
  /** The account that this hotkey used last, or `null`. */
  lastAccount(hotkey: Hotkey): LedgerAccount | null;
  /**
   * Adds payments; one that is already there is not counted again. Returns how many were new.
   * @param read blocks of which these are all payments, remembered with them; `null`: nothing is said of other blocks
   * @throws ProtocolError when they are more than all TAO there can be: a chain that lies must not make sums that SQLite cannot hold
   */
  recordEmissions(account: LedgerAccount, emissions: readonly PaidEmission[], read?: ReadRange | null): number;
  /** The blocks that were read, ascending and apart. */
  readRanges(account: LedgerAccount): readonly ReadRange[];
  /** Blocks with a payment, newest first, from the `skip`th on. */
  paidBlocks(account: LedgerAccount, skip: number, limit: number): readonly PaidBlock[];
  /** Takes back what was recorded of later blocks, and that they were read. */
  forgetAfter(account: LedgerAccount, block: number): void;
  /** @param dayStartsMs ascending */
  summary(account: LedgerAccount, dayStartsMs: readonly number[]): EarningsSummary;
  /** Adds a finished round, or replaces it when the worker tells it again. */
  recordRound(account: LedgerAccount, round: StoredRound): void;
  /** Newest last. */
  recentRounds(account: LedgerAccount, limit: number): readonly PaidRound[];
  /** Newest first. */
  payments(account: LedgerAccount, limit: number): readonly Payment[];
  close(): void;
}

export interface OpenedLedger {
  readonly ledger: Ledger;
  readonly damagedPath: string | null;
}

/** @throws MillraceError DATABASE */
export function openLedger(home: string, nowMs: number): OpenedLedger {
  const { database, damagedPath } = openLedgerDatabase(join(home, 'ledger.db'), nowMs);
  return { ledger: guarded(() => ledgerOver(database)), damagedPath };
}

/** All TAO that there can ever be, and all alpha of a subnet. */
const MAX_TOTAL = 21_000_000n * RAO_PER_TAO;

/** Every time zone's days begin at whole quarters of an hour. */
const PART_MS = 900_000;

const readRowSchema = v.object({ afterBlock: v.number(), untilBlock: v.number(), untilHash: v.nullable(v.string()) });
const roundRowSchema = v.object({
  round: v.number(),
  roundBlocks: v.number(),
  loss: v.number(),
  evalLoss: v.nullable(v.number()),
  tokensPerSecond: v.number(),
  updateBytes: v.number(),
  score: v.nullable(v.number()),
  reputation: v.nullable(v.number()),
  scoreReason: v.nullable(v.string()),
  stateRoot: v.nullable(v.string()),
  finishedAtMs: v.number(),
  rewardRao: v.nullable(
    v.pipe(
      v.string(),
      v.transform((text): Rao => parseRao(text)),
    ),
  ),
});

/** Amounts leave SQLite as text: a 64-bit integer does not fit a JavaScript number. */
function ledgerOver(database: Database.Database): Ledger {
  const insertAccount = database.prepare(
    'INSERT INTO accounts VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET used_at_ms = excluded.used_at_ms',
  );
  const selectAccount = database.prepare(
    'SELECT genesis_hash AS genesisHash FROM accounts WHERE hotkey = ? ORDER BY used_at_ms DESC LIMIT 1',
  );
  const insertEmission = database.prepare(
    `INSERT OR IGNORE INTO emissions (genesis_hash, hotkey, block, amount_rao, paid_at_ms, amount_alpha, block_hash)
     VALUES (?, ?, ?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER), ?)`,
  );
  const selectLast = database.prepare(
    `SELECT block, CAST(amount_rao AS TEXT) AS amountRao, paid_at_ms AS paidAtMs FROM emissions
     WHERE genesis_hash = ? AND hotkey = ? ORDER BY block DESC LIMIT 1`,
  );
  const selectTotals = database.prepare(
    `SELECT CAST(COALESCE(SUM(amount_rao), 0) AS TEXT) AS totalRao,
            CAST(COALESCE(SUM(amount_alpha), 0) AS TEXT) AS totalAlpha
     FROM emissions WHERE genesis_hash = ? AND hotkey = ?`,
  );
  const selectParts = database.prepare(
    `SELECT (paid_at_ms - ?) / ${PART_MS} AS part, CAST(SUM(amount_rao) AS TEXT) AS rao,
            CAST(COALESCE(SUM(amount_alpha), 0) AS TEXT) AS alpha
     FROM emissions WHERE genesis_hash = ? AND hotkey = ? AND paid_at_ms >= ? GROUP BY part`,
  );
  const selectRead = database.prepare(
    `SELECT after_block AS afterBlock, until_block AS untilBlock, until_hash AS untilHash FROM read_blocks
     WHERE genesis_hash = ? AND hotkey = ? ORDER BY until_block`,
  );
  const insertRead = database.prepare('INSERT INTO read_blocks VALUES (?, ?, ?, ?, ?)');
  const deleteRead = database.prepare('DELETE FROM read_blocks WHERE genesis_hash = ? AND hotkey = ?');
  const deleteAfter = database.prepare('DELETE FROM emissions WHERE genesis_hash = ? AND hotkey = ? AND block > ?');
  const selectPaid = database.prepare(
    `SELECT block, block_hash AS hash FROM emissions
     WHERE genesis_hash = ? AND hotkey = ? ORDER BY block DESC LIMIT ? OFFSET ?`,
  );
  const insertRound =
    database.prepare(`INSERT OR REPLACE INTO rounds (genesis_hash, hotkey, round, round_blocks, loss, eval_loss, tokens_per_second,
       update_bytes, score, reputation, score_reason, state_root, finished_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const selectRounds = database.prepare(
    `SELECT round, round_blocks AS roundBlocks, loss, eval_loss AS evalLoss, tokens_per_second AS tokensPerSecond, update_bytes AS updateBytes,
            score, reputation, score_reason AS scoreReason, state_root AS stateRoot, finished_at_ms AS finishedAtMs,
            (SELECT CAST(SUM(amount_rao) AS TEXT) FROM emissions e
             WHERE e.genesis_hash = r.genesis_hash AND e.hotkey = r.hotkey
               AND e.block > r.round * r.round_blocks AND e.block <= (r.round + 1) * r.round_blocks) AS rewardRao
     FROM rounds r WHERE genesis_hash = ? AND hotkey = ? ORDER BY round DESC LIMIT ?`,
  );
  const selectPayments = database.prepare(
    `SELECT block, CAST(amount_alpha AS TEXT) AS amountAlpha, CAST(amount_rao AS TEXT) AS amountRao, paid_at_ms AS paidAtMs
     FROM emissions WHERE genesis_hash = ? AND hotkey = ? ORDER BY block DESC LIMIT ?`,
  );
  const last = (account: LedgerAccount): LastRow | undefined =>
    selectLast.get(account.genesisHash, account.hotkey) as LastRow | undefined;

  const readOf = ({ genesisHash, hotkey }: LedgerAccount): readonly ReadRange[] =>
    selectRead.all(genesisHash, hotkey).map((row) => v.parse(readRowSchema, row));
  const replaceRead = ({ genesisHash, hotkey }: LedgerAccount, ranges: readonly ReadRange[]): void => {
    deleteRead.run(genesisHash, hotkey);
    for (const { afterBlock, untilBlock, untilHash } of ranges)
      insertRead.run(genesisHash, hotkey, afterBlock, untilBlock, untilHash);
  };
  const insertAll = (account: LedgerAccount, emissions: readonly PaidEmission[], read: ReadRange | null): number => {
    let added = 0;
    database.transaction(() => {
      for (const { block, amountAlpha, amountRao, paidAtMs, blockHash } of emissions) {
        const { genesisHash, hotkey } = account;
        const values = [genesisHash, hotkey, block, amountRao.toString(), paidAtMs, amountAlpha.toString(), blockHash];
        added += insertEmission.run(...values).changes;
      }
      if (read !== null) replaceRead(account, addRange(readOf(account), read));
    })();
    return added;
  };
  const daysOf = ({ genesisHash, hotkey }: LedgerAccount, starts: readonly number[]): readonly EarnedDay<bigint>[] => {
    const [first] = starts;
    if (first === undefined) return [];
    const rows = selectParts.all(first, genesisHash, hotkey, first) as readonly PartRow[];
    const parts = rows.map(({ part, alpha, rao }) => ({
      ...{ atMs: first + part * PART_MS, alpha: BigInt(alpha), rao: BigInt(rao) },
    }));
    return sumByDay(starts, parts);
  };
  const totalsOf = ({ genesisHash, hotkey }: LedgerAccount): TotalsRow =>
    selectTotals.get(genesisHash, hotkey) as TotalsRow;
  const summarise = (account: LedgerAccount, dayStartsMs: readonly number[]): EarningsSummary => {
    const totals = totalsOf(account);
    const newest = last(account);
    return {
      totalAlpha: parseAlpha(totals.totalAlpha),
      totalRao: parseRao(totals.totalRao),
      days: daysOf(account, dayStartsMs),
      lastRewardRao: newest === undefined ? null : parseRao(newest.amountRao),
      lastRewardAtMs: newest?.paidAtMs ?? null,
    };
  };

  return {
    useAccount: (account, nowMs) => guarded(() => void insertAccount.run(account.genesisHash, account.hotkey, nowMs)),
    lastAccount: (hotkey) =>
      guarded(() => {
        const row = selectAccount.get(hotkey) as { readonly genesisHash: string } | undefined;
        return row === undefined ? null : { genesisHash: row.genesisHash, hotkey };
      }),
    recordEmissions(account, emissions, read = null) {
      if (emissions.length === 0 && read === null) return 0;
      const totals = guarded(() => totalsOf(account));
      const [totalRao, totalAlpha] = [parseRao(totals.totalRao), parseAlpha(totals.totalAlpha)];
      const withNew = (start: bigint, of: (emission: PaidEmission) => bigint): bigint =>
        emissions.reduce((sum, emission) => sum + of(emission), start);
      const inRao = withNew(totalRao, ({ amountRao }) => amountRao);
      const inAlpha = withNew(totalAlpha, ({ amountAlpha }) => amountAlpha);
      if (inRao > MAX_TOTAL || inAlpha > MAX_TOTAL)
        throw new ProtocolError('The chain says that more was paid than there can be');
      return guarded(() => insertAll(account, emissions, read));
    },
    readRanges: (account) => guarded(() => readOf(account)),
    paidBlocks: ({ genesisHash, hotkey }, skip, limit) =>
      guarded(() => selectPaid.all(genesisHash, hotkey, limit, skip) as readonly PaidBlock[]),
    forgetAfter: (account, block) =>
      guarded(() =>
        database.transaction(() => {
          deleteAfter.run(account.genesisHash, account.hotkey, block);
          replaceRead(account, cutRanges(readOf(account), block));
        })(),
      ),
    summary: (account, dayStartsMs) => guarded(() => summarise(account, dayStartsMs)),
    recordRound: ({ genesisHash, hotkey }, { round, roundBlocks, loss, tokensPerSecond, updateBytes, ...rest }) =>
      guarded(() => {
        const { evalLoss, score, reputation, scoreReason, stateRoot, finishedAtMs } = rest;
        const measured = [round, roundBlocks, loss, evalLoss ?? null, tokensPerSecond, updateBytes];
        insertRound.run(genesisHash, hotkey, ...measured, score, reputation, scoreReason, stateRoot, finishedAtMs);
      }),
    recentRounds: (account, limit) =>
      guarded(() => {
        const rows = selectRounds.all(account.genesisHash, account.hotkey, limit);
        return rows.map((row) => v.parse(roundRowSchema, row)).reverse();
      }),
    payments: ({ genesisHash, hotkey }, limit) =>
      guarded(() =>
        (selectPayments.all(genesisHash, hotkey, limit) as readonly PaymentRow[]).map((row) => ({
          ...{ block: row.block, paidAtMs: row.paidAtMs, amountRao: parseRao(row.amountRao) },
          amountAlpha: row.amountAlpha === null ? null : parseAlpha(row.amountAlpha),
        })),
      ),
    close: () =>
      guarded(() => {
        // libsql lets go of the file only once all statements are collected: leave nothing in the log that waits for it.
        database.pragma('wal_checkpoint(TRUNCATE)');
        database.close();
      }),
  };
}

interface LastRow {
  readonly block: number;
  readonly amountRao: string;
  readonly paidAtMs: number | null;
}

interface PaymentRow extends LastRow {
  readonly amountAlpha: string | null;
}

interface TotalsRow {
  readonly totalAlpha: string;
  readonly totalRao: string;
}

interface PartRow {
  readonly part: number;
  readonly alpha: string;
  readonly rao: string;
}

/** Callers compare our codes, not SQLite's. */
function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new MillraceError('DATABASE', `The earnings database failed: ${errorMessage(cause)}`, { cause });
  }
}
