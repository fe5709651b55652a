import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseSync } from 'node:sqlite';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { openLedger, type LedgerAccount, type PaidEmission, type StoredRound } from '#main/core/ledger.ts';
import type { Hotkey } from '#protocol/ids.ts';
import { alpha, rao, ZERO_RAO } from '#protocol/units.ts';
import { temporaryHome } from '../temporary-home.ts';

const ACCOUNT: LedgerAccount = { genesisHash: 'a'.repeat(64), hotkey: '5Hot' as Hotkey };
const NOW_MS = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 24 * 3_600_000;

const paid = (block: number, amount: bigint, paidAtMs: number | null = NOW_MS): PaidEmission => ({
  block,
  amountAlpha: alpha(amount / 2n),
  amountRao: rao(amount),
  paidAtMs,
  blockHash: `hash of ${block}`,
});

const round = (number: number): StoredRound => ({
  round: number,
  roundBlocks: 24,
  loss: 3.5,
  evalLoss: 3.25,
  tokensPerSecond: 1200.25,
  updateBytes: 41_000,
  score: 87.5,
  reputation: 42.5,
  scoreReason: 'good',
  stateRoot: 'b'.repeat(64),
  finishedAtMs: NOW_MS,
});

test('counts a payment once, however often the chain tells it', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  expect(ledger.recordEmissions(ACCOUNT, [paid(24, 5n), paid(48, 7n)])).toBe(2);
  expect(ledger.recordEmissions(ACCOUNT, [paid(48, 7n), paid(72, 1n)])).toBe(1);
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(13n);
  expect(ledger.paidBlocks(ACCOUNT, 0, 2)).toEqual([
    { block: 72, hash: 'hash of 72' },
    { block: 48, hash: 'hash of 48' },
  ]);
  ledger.close();
});

test('adds amounts beyond 2^53 without losing a rao', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  ledger.recordEmissions(ACCOUNT, [paid(24, 9_007_199_254_740_993n), paid(48, 2n)]);
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(9_007_199_254_740_995n);
  ledger.close();
});

test('counts what was paid by days, and a payment of unknown time in none', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  ledger.recordEmissions(ACCOUNT, [
    ...[paid(24, 2n, NOW_MS - DAY_MS - 1), paid(25, 4n, NOW_MS - 1), paid(48, 8n, NOW_MS), paid(49, 16n, NOW_MS + 9)],
    paid(72, 4n, null),
  ]);
  expect(ledger.summary(ACCOUNT, [NOW_MS - DAY_MS, NOW_MS])).toEqual({
    totalAlpha: 17n,
    totalRao: 34n,
    days: [
      { dayMs: NOW_MS - DAY_MS, alpha: 2n, rao: 4n },
      { dayMs: NOW_MS, alpha: 12n, rao: 24n },
    ],
    lastRewardRao: 4n,
    lastRewardAtMs: null,
  });
  ledger.close();
});

test('gives each round the emission of its own blocks, the closing epoch block included', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  for (const number of [1, 2, 3]) ledger.recordRound(ACCOUNT, round(number));
  ledger.recordEmissions(ACCOUNT, [paid(24, 1n), paid(48, 10n), paid(72, 100n)]);
  const rounds = ledger.recentRounds(ACCOUNT, 10);
  expect(rounds.map((entry) => [entry.round, entry.rewardRao])).toEqual([
    [1, 10n],
    [2, 100n],
    [3, null],
  ]);
  expect(rounds[0]).toEqual({ ...round(1), rewardRao: 10n });
  ledger.close();
});

test('keeps the newest rounds, newest last, and replaces a round that is told again', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  for (const number of [1, 2, 3]) ledger.recordRound(ACCOUNT, { ...round(number), score: null });
  ledger.recordRound(ACCOUNT, round(3));
  expect(ledger.recentRounds(ACCOUNT, 2).map((entry) => [entry.round, entry.score])).toEqual([
    [2, null],
    [3, 87.5],
  ]);
  ledger.close();
});

test('keeps the numbers of another chain apart, and knows which chain was used last', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  const renewed: LedgerAccount = { ...ACCOUNT, genesisHash: 'c'.repeat(64) };
  ledger.useAccount(ACCOUNT, NOW_MS);
  ledger.recordEmissions(ACCOUNT, [paid(24, 5n)]);
  ledger.useAccount(renewed, NOW_MS + 1);
  expect(ledger.summary(renewed, []).totalRao).toBe(ZERO_RAO);
  expect(ledger.paidBlocks(renewed, 0, 1)).toEqual([]);
  expect(ledger.lastAccount(ACCOUNT.hotkey)).toEqual(renewed);
  expect(ledger.lastAccount('5Other' as Hotkey)).toBeNull();
  ledger.close();
});

test('remembers everything over a restart', () => {
  const home = temporaryHome();
  const first = openLedger(home, NOW_MS).ledger;
  first.recordEmissions(ACCOUNT, [paid(24, 5n)]);
  first.recordRound(ACCOUNT, round(0));
  first.close();
  const { ledger, damagedPath } = openLedger(home, NOW_MS);
  expect(damagedPath).toBeNull();
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(5n);
  expect(ledger.recentRounds(ACCOUNT, 5)).toHaveLength(1);
  ledger.close();
});

test('loses nothing that was confirmed when the writer is killed with -9', async () => {
  const home = temporaryHome();
  const writer = spawn(process.execPath, [fileURLToPath(new URL('./ledger-writer.ts', import.meta.url)), home], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(writer, 'exit');
  let confirmed = 0;
  for await (const line of createInterface({ input: writer.stdout })) {
    confirmed = Number(line);
    if (confirmed === 40) writer.kill('SIGKILL');
  }
  expect(await exited).toEqual([null, 'SIGKILL']);
  expect(confirmed).toBeGreaterThanOrEqual(40);

  const { ledger, damagedPath } = openLedger(home, NOW_MS);
  expect(damagedPath).toBeNull();
  const account: LedgerAccount = { genesisHash: 'killed', hotkey: '5Hot' as Hotkey };
  const newest = ledger.paidBlocks(account, 0, 1)[0]?.block ?? 0;
  expect(newest).toBeGreaterThanOrEqual(confirmed);
  // The writer pays 1 rao for each block: nothing twice, nothing missing.
  expect(ledger.summary(account, []).totalRao).toBe(BigInt(newest));
  ledger.close();
});

const DAMAGE: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['is not a database', () => Buffer.from('garbage'.repeat(2000))],
  [
    'has an overwritten page',
    (bytes) => Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(8192, 0xee), bytes.subarray(12_288)]),
  ],
  ['was cut short', (bytes) => bytes.subarray(0, bytes.length - 5000)],
];

test.each(DAMAGE)('moves a file aside that %s, and begins a new one', (_, damage) => {
  const home = temporaryHome();
  const first = openLedger(home, NOW_MS).ledger;
  // Enough for several pages of the file.
  const payments = Array.from({ length: 399 }, (_, index) => paid(index + 1, 1n));
  first.recordEmissions(ACCOUNT, payments);
  first.close();
  const path = join(home, 'ledger.db');
  const bytes = damage(readFileSync(path));
  writeFileSync(path, bytes);

  const { ledger, damagedPath } = openLedger(home, NOW_MS);
  expect(damagedPath).toBe(`${path}.damaged-2026-11-23T12-00-00Z`);
  expect(readFileSync(damagedPath!)).toEqual(bytes);
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(ZERO_RAO);
  expect(ledger.recordEmissions(ACCOUNT, [paid(24, 5n)])).toBe(1);
  ledger.close();
  expect(readdirSync(home).filter((name) => name.endsWith('Z'))).toHaveLength(1);
});

test('brings a database of the first version up to date, and keeps what is in it', () => {
  const home = temporaryHome();
  const old = openLedger(home, NOW_MS).ledger;
  old.recordEmissions(ACCOUNT, [paid(24, 5n)]);
  old.recordRound(ACCOUNT, { ...round(0), evalLoss: null, reputation: null });
  old.close();
  const database = new DatabaseSync(join(home, 'ledger.db'));
  database.exec(
    'ALTER TABLE rounds DROP COLUMN eval_loss; ALTER TABLE rounds DROP COLUMN reputation; ' +
      'ALTER TABLE emissions DROP COLUMN amount_alpha; ALTER TABLE emissions DROP COLUMN block_hash; ' +
      'DROP TABLE read_blocks; PRAGMA user_version = 1',
  );
  database.close();

  const { ledger, damagedPath } = openLedger(home, NOW_MS);
  expect(damagedPath).toBeNull();
  expect(ledger.recentRounds(ACCOUNT, 5)).toEqual([{ ...round(0), evalLoss: null, reputation: null, rewardRao: 5n }]);
  expect(ledger.readRanges(ACCOUNT)).toEqual([{ afterBlock: 0, untilBlock: 24, untilHash: null }]);
  expect(ledger.paidBlocks(ACCOUNT, 0, 9)).toEqual([{ block: 24, hash: null }]);
  ledger.recordRound(ACCOUNT, round(1));
  expect(ledger.recentRounds(ACCOUNT, 1)[0]).toMatchObject({ evalLoss: 3.25, reputation: 42.5 });
  ledger.close();
});

test('refuses a database of a newer version instead of moving it aside', () => {
  const home = temporaryHome();
  openLedger(home, NOW_MS).ledger.close();
  const path = join(home, 'ledger.db');
  const bytes = readFileSync(path);
  bytes.writeUInt32BE(999, 60); // user_version in the file header
  writeFileSync(path, bytes);
  expect(() => openLedger(home, NOW_MS)).toThrow(expect.objectContaining({ code: 'DATABASE' }));
  expect(readdirSync(home).filter((name) => name.includes('damaged'))).toEqual([]);
});

test('takes no more than there can be from a chain that lies, and goes on', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  const all = 21_000_000_000_000_000n;
  ledger.recordEmissions(ACCOUNT, [paid(1, 5n)]);
  expect(() => ledger.recordEmissions(ACCOUNT, [paid(2, all)])).toThrow('more was paid than there can be');
  expect(() => ledger.recordEmissions(ACCOUNT, [paid(2, 1n << 62n), paid(3, 1n << 62n)])).toThrow('than there can be');
  ledger.recordRound(ACCOUNT, round(0));
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(5n);
  expect(ledger.recentRounds(ACCOUNT, 10)).toMatchObject([{ rewardRao: 5n }]);
  expect(ledger.recordEmissions(ACCOUNT, [paid(2, all - 5n)])).toBe(1);
  ledger.close();
});

test('remembers which blocks were read, joins them, and forgets what was of others', () => {
  const { ledger } = openLedger(temporaryHome(), NOW_MS);
  const read = (afterBlock: number, untilBlock: number) => ({
    afterBlock,
    untilBlock,
    untilHash: `hash of ${untilBlock}`,
  });
  ledger.recordEmissions(ACCOUNT, [paid(24, 1n)], read(20, 30));
  ledger.recordEmissions(ACCOUNT, [paid(72, 1n)], read(60, 80));
  ledger.recordEmissions(ACCOUNT, [], read(80, 85));
  expect(ledger.readRanges(ACCOUNT)).toEqual([read(20, 30), read(60, 85)]);
  ledger.recordEmissions(ACCOUNT, [paid(48, 1n)], read(25, 60));
  expect(ledger.readRanges(ACCOUNT)).toEqual([read(20, 85)]);
  ledger.forgetAfter(ACCOUNT, 50);
  expect(ledger.readRanges(ACCOUNT)).toEqual([{ afterBlock: 20, untilBlock: 50, untilHash: null }]);
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(2n);
  ledger.forgetAfter(ACCOUNT, 10);
  expect(ledger.readRanges(ACCOUNT)).toEqual([]);
  expect(ledger.summary(ACCOUNT, []).totalRao).toBe(0n);
  ledger.close();
});
