import type { CommandPayload } from '#protocol/contract/commands.ts';
import type { AmountText, HistoryReply, OrderInput, OrderStatus } from '#protocol/contract/wallet.ts';
import { parseAlpha, parseRao } from '#protocol/units.ts';
import type { Payment } from '../ledger.ts';
import { exactAlpha, exactTao } from '../staking/amounts.ts';
import { type CsvCell, csvOf } from './csv.ts';
import type { StoredOrder } from './order-store.ts';

type Fiat = CommandPayload<'wallet.export-history'>['fiat'];

interface HistoryRow {
  readonly atMs: number | null;
  readonly block: number | null;
  readonly kind: string;
  readonly status: string;
  readonly reason: string;
  /** Whether amounts were paid, or are those of the quote that was signed. */
  readonly basis: 'paid' | 'quoted';
  readonly netuid: number | null;
  readonly toNetuid: number | null;
  readonly hotkey: string | null;
  readonly to: string | null;
  readonly pays: AmountText | null;
  readonly receives: AmountText | null;
  /** What the payment was worth in its block. */
  readonly worthRao: string | null;
  readonly feeRao: string | null;
  readonly hash: string | null;
}

const COLUMNS = [
  ...['day', 'time_utc', 'block', 'kind', 'status', 'reason', 'amounts_are', 'subnet', 'to_subnet', 'hotkey', 'to'],
  ...['pays_tao', 'pays_alpha', 'receives_tao', 'receives_alpha', 'worth_tao', 'fee_tao', 'transaction'],
];
const FIAT_COLUMNS = ['currency', 'price_of_one_tao', 'value'];

/** Everything that was asked of the coldkey and paid to the hotkey, oldest first; days are those of this machine's time zone. */
export function historyCsv(
  asked: { readonly netuid: number | null; readonly hotkey: string | null; readonly fiat: Fiat },
  orders: readonly StoredOrder[],
  payments: readonly Payment[],
): HistoryReply {
  const rows = [...payments.map((payment) => paymentRow(payment, asked)), ...orders.map(orderRow)].toSorted(
    (a, b) => (a.atMs ?? 0) - (b.atMs ?? 0) || (a.block ?? 0) - (b.block ?? 0),
  );
  const { fiat } = asked;
  const header = fiat === null ? COLUMNS : [...COLUMNS, ...FIAT_COLUMNS];
  return { csv: csvOf([header, ...rows.map((row) => [...cells(row), ...fiatCells(row, fiat)])]), rows: rows.length };
}

const paymentRow = (
  { block, amountAlpha, amountRao, paidAtMs }: Payment,
  { netuid, hotkey }: { readonly netuid: number | null; readonly hotkey: string | null },
): HistoryRow => ({
  ...{ atMs: paidAtMs, block, kind: 'earned', status: 'finalized', reason: '', basis: 'paid', netuid, hotkey },
  ...{ toNetuid: null, to: null, pays: null, feeRao: null, hash: null, worthRao: amountRao.toString() },
  receives:
    amountAlpha === null || netuid === null
      ? { unit: 'tao', amount: amountRao.toString() }
      : { unit: 'alpha', netuid, amount: amountAlpha.toString() },
});

function orderRow({ placedAtMs, order, pays, receives, feeRao, status, sent }: StoredOrder): HistoryRow {
  const block = 'block' in status ? status.block : null;
  return {
    ...{ atMs: placedAtMs, block, kind: order.kind, status: status.kind, reason: reasonOf(status), basis: 'quoted' },
    ...{ ...placeOf(order), pays, receives, worthRao: null, hash: sent?.hash ?? null },
    // Only a block takes a fee.
    feeRao: block === null ? null : feeRao,
  };
}

const reasonOf = (status: OrderStatus): string => ('message' in status ? status.message : '');

function placeOf(order: OrderInput): Pick<HistoryRow, 'netuid' | 'toNetuid' | 'hotkey' | 'to'> {
  switch (order.kind) {
    case 'stake':
    case 'unstake':
    case 'register':
      return { netuid: order.netuid, toNetuid: null, hotkey: order.hotkey, to: null };
    case 'move':
      return {
        ...{ netuid: order.from.netuid, toNetuid: order.to.netuid },
        ...{ hotkey: order.from.hotkey, to: order.to.hotkey },
      };
    case 'transfer-stake':
      return { netuid: order.netuid, toNetuid: order.toNetuid, hotkey: order.hotkey, to: order.toColdkey };
    case 'transfer':
      return { netuid: null, toNetuid: null, hotkey: null, to: order.to };
  }
}

const cells = (row: HistoryRow): readonly CsvCell[] => [
  row.atMs === null ? null : dayOf(row.atMs),
  row.atMs === null ? null : new Date(row.atMs).toISOString(),
  ...[row.block, row.kind, row.status, row.reason, row.basis, row.netuid, row.toNetuid, row.hotkey, row.to],
  ...[inTao(row.pays), inAlpha(row.pays), inTao(row.receives), inAlpha(row.receives)],
  ...[taoText(row.worthRao), taoText(row.feeRao), row.hash],
];

const taoText = (amountRao: string | null): string | null =>
  amountRao === null ? null : exactTao(parseRao(amountRao));
const inTao = (amount: AmountText | null): string | null => (amount?.unit === 'tao' ? taoText(amount.amount) : null);
const inAlpha = (amount: AmountText | null): string | null =>
  amount?.unit === 'alpha' ? exactAlpha(parseAlpha(amount.amount)) : null;

/** What TAO moved, or what was earned is worth, at the day's price; nothing for what did not come to be. */
function fiatCells(row: HistoryRow, fiat: Fiat): readonly CsvCell[] {
  if (fiat === null) return [];
  const price = row.atMs === null ? undefined : fiat.pricesByDay[dayOf(row.atMs)];
  const moved = row.worthRao ?? [row.pays, row.receives].find((amount) => amount?.unit === 'tao')?.amount ?? null;
  if (price === undefined || moved === null || row.status !== 'finalized') return [fiat.currency, null, null];
  return [fiat.currency, price, ((Number(moved) / 1e9) * price).toFixed(2)];
}

/** `2026-11-28`, in this machine's time zone. */
function dayOf(atMs: number): string {
  const date = new Date(atMs);
  const two = (n: number): string => n.toString().padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
