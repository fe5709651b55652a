import { join } from 'node:path';
import type Database from 'libsql';
import * as v from 'valibot';
import type { RoundRecord } from '#protocol/contract/state.ts';
import { errorMessage, MillraceError, ProtocolError } from '#protocol/errors.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { type Alpha, parseAlpha, parseRao, type Rao, RAO_PER_TAO } from '#protocol/units.ts';
import { openLedgerDatabase } from './ledger-database.ts';

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
}

/** A recorded payment; `amountAlpha` is `null` for what the devnet's first chain paid, in TAO. */
export interface Payment extends Pick<PaidEmission, 'block' | 'amountRao' | 'paidAtMs'> {
  readonly amountAlpha: Alpha | null;
}

interface EarningsSummary {
  readonly totalAlpha: Alpha;
  readonly totalRao: Rao;
  readonly todayRao: Rao;
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
   * @throws ProtocolError when they are more than all TAO there can be: a chain that lies must not make sums that SQLite cannot hold
   */
  recordEmissions(account: LedgerAccount, emissions: readonly PaidEmission[]): number;
  /** Newest block with a recorded payment; 0 when there is none. */
  lastEmissionBlock(account: LedgerAccount): number;
  summary(account: LedgerAccount, dayStartMs: number): EarningsSummary;
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
    'INSERT OR IGNORE INTO emissions VALUES (?, ?, ?, CAST(? AS INTEGER), ?, CAST(? AS INTEGER))',
  );
  const selectLast = database.prepare(
    `SELECT block, CAST(amount_rao AS TEXT) AS amountRao, paid_at_ms AS paidAtMs FROM emissions
     WHERE genesis_hash = ? AND hotkey = ? ORDER BY block DESC LIMIT 1`,
  );
  const selectTotals = database.prepare(
    `SELECT CAST(COALESCE(SUM(amount_rao), 0) AS TEXT) AS totalRao,
            CAST(COALESCE(SUM(amount_alpha), 0) AS TEXT) AS totalAlpha,
            CAST(COALESCE(SUM(amount_rao) FILTER (WHERE paid_at_ms >= ?), 0) AS TEXT) AS todayRao
     FROM emissions WHERE genesis_hash = ? AND hotkey = ?`,
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

  const insertAll = (account: LedgerAccount, emissions: readonly PaidEmission[]): number => {
    let added = 0;
    database.transaction(() => {
      for (const { block, amountAlpha, amountRao, paidAtMs } of emissions) {
        const { genesisHash, hotkey } = account;
        const values = [genesisHash, hotkey, block, amountRao.toString(), paidAtMs, amountAlpha.toString()];
        added += insertEmission.run(...values).changes;
      }
    })();
    return added;
  };
  const summarise = (account: LedgerAccount, dayStartMs: number): EarningsSummary => {
    const totals = selectTotals.get(dayStartMs, account.genesisHash, account.hotkey) as TotalsRow;
    const newest = last(account);
    return {
      totalAlpha: parseAlpha(totals.totalAlpha),
      totalRao: parseRao(totals.totalRao),
      todayRao: parseRao(totals.todayRao),
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
    recordEmissions(account, emissions) {
      if (emissions.length === 0) return 0;
      const { totalRao, totalAlpha } = guarded(() => summarise(account, 0));
      const withNew = (start: bigint, of: (emission: PaidEmission) => bigint): bigint =>
        emissions.reduce((sum, emission) => sum + of(emission), start);
      const inRao = withNew(totalRao, ({ amountRao }) => amountRao);
      const inAlpha = withNew(totalAlpha, ({ amountAlpha }) => amountAlpha);
      if (inRao > MAX_TOTAL || inAlpha > MAX_TOTAL)
        throw new ProtocolError('The chain says that more was paid than there can be');
      return guarded(() => insertAll(account, emissions));
    },
    lastEmissionBlock: (account) => guarded(() => last(account)?.block ?? 0),
    summary: (account, dayStartMs) => guarded(() => summarise(account, dayStartMs)),
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
  readonly todayRao: string;
}

/** Callers compare our codes, not SQLite's. */
function guarded<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw new MillraceError('DATABASE', `The earnings database failed: ${errorMessage(cause)}`, { cause });
  }
}
