import { describe, expect, it } from 'vitest';
import { commands, type CommandName } from '#protocol/contract/commands.ts';
import { runCommand, type CommandHandlers } from '#main/core/commands.ts';

const place = { hotkey: '5abc', netuid: 1 };
const quote = (order: unknown, rest: object = {}) => ({ order, tolerancePpm: 5_000, isTyped: false, ...rest });
const stake = { kind: 'stake', ...place, amount: '1' };
const long = 'x'.repeat(100_000);

/** What each command must not take. */
const MALFORMED: readonly (readonly [CommandName, unknown])[] = [
  ['wallet.quote', null],
  ['wallet.quote', quote({ ...stake, amount: '-1' })],
  ['wallet.quote', quote({ ...stake, amount: 1 })],
  ['wallet.quote', quote({ ...stake, amount: '1'.repeat(21) })],
  ['wallet.quote', quote({ ...stake, amount: 'everything' })],
  ['wallet.quote', quote({ ...stake, netuid: 65_536 })],
  ['wallet.quote', quote({ ...stake, hotkey: long })],
  ['wallet.quote', quote({ ...stake, extra: true })],
  ['wallet.quote', quote({ kind: 'burn' })],
  ['wallet.quote', quote(stake, { tolerancePpm: 1_000_001 })],
  ['wallet.quote', quote(stake, { tolerancePpm: Number.NaN })],
  ['wallet.quote', quote(stake, { isTyped: 'yes' })],
  ['wallet.place', { quoteId: '', signing: { kind: 'devnet' } }],
  ['wallet.place', { quoteId: 'q', signing: { kind: 'password', password: long } }],
  ['wallet.place', { quoteId: 'q', signing: { kind: 'devnet', seed: '00' } }],
  ['wallet.place', { quoteId: 'q', signing: { kind: 'sudo' } }],
  ['wallet.cancel', { orderId: long }],
  ['wallet.subnets', { netuid: 1 }],
  ['wallet.validators', { netuid: 1.5 }],
  ['wallet.check-address', { address: long, purpose: 'send' }],
  ['wallet.check-address', { address: '5', purpose: 'other' }],
  ['wallet.name-address', { address: 'a', name: '   ' }],
  ['wallet.name-address', { address: 'a', name: long }],
  ['wallet.forget-address', {}],
  ['wallet.export-history', {}],
  ['wallet.export-history', { fiat: { currency: 'euro', pricesByDay: {} } }],
  ['wallet.export-history', { fiat: { currency: 'EUR', pricesByDay: { today: 1 } } }],
  ['wallet.export-history', { fiat: { currency: 'EUR', pricesByDay: { '2026-11-28': -1 } } }],
];

describe('the wallet’s commands', () => {
  const reached: string[] = [];
  const names = (Object.keys(commands) as CommandName[]).filter((name) => name.startsWith('wallet.'));
  const handlers = Object.fromEntries(
    names.map((name) => [name, () => void reached.push(name)]),
  ) as unknown as CommandHandlers;

  it.each(MALFORMED)('%s does not take what is malformed: %j', async (name, payload) => {
    expect(await runCommand(handlers, name, payload)).toMatchObject({ ok: false, code: 'PROTOCOL' });
    expect(reached).toEqual([]);
  });

  it('are all in that table', () => {
    expect([...new Set(MALFORMED.map(([name]) => name))].toSorted()).toEqual(names.toSorted());
  });
});
