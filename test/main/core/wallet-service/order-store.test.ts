import { join } from 'node:path';
import Database from 'libsql';
import { expect, it } from 'vitest';
import { openOrderStore } from '#main/core/wallet-service/order-store.ts';
import { coldkeyOf } from '#protocol/keys.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { alice } from '../staking/staking-scene.ts';

it('keeps following what an older Millrace has sent, whose file says nothing of when', () => {
  const home = temporaryHome();
  const account = { genesisHash: 'ab'.repeat(32), coldkey: coldkeyOf(alice) };
  const { orders, damagedPath } = openOrderStore(home, 0);
  const order = { kind: 'transfer', to: '5To', amount: '1' } as const;
  const amount = { unit: 'tao', amount: '1' } as const;
  const rest = { order, pays: amount, receives: amount, feeRao: '1', status: { kind: 'signing' }, sent: null } as const;
  orders.add(account, { id: 'sent', placedAtMs: 1_000, ...rest });
  orders.add(account, { id: 'unsent', placedAtMs: 1_001, ...rest });
  orders.setSent(account, 'sent', { hash: '0xab', afterBlock: 8, begunAtMs: 2_000 }, 7);
  expect(orders.open(account, 9)[0]?.sent).toEqual({ hash: '0xab', afterBlock: 8, begunAtMs: 2_000 });
  orders.close();
  const older = new Database(join(home, 'wallet.db'));
  older.exec(
    'ALTER TABLE orders DROP COLUMN nonce; ALTER TABLE orders DROP COLUMN begun_at_ms; PRAGMA user_version = 1;',
  );
  older.close();
  const again = openOrderStore(home, 0);
  expect([damagedPath, again.damagedPath]).toEqual([null, null]);
  // Later than it can have been: nothing is called void too early.
  expect(again.orders.open(account, 9).map(({ sent }) => sent)).toEqual([
    { hash: '0xab', afterBlock: 8, begunAtMs: 601_000 },
    null,
  ]);
  again.orders.close();
});

it('keeps the nonce of an order that a node refused until another has it too, or it can never come to be', () => {
  const account = { genesisHash: 'ab'.repeat(32), coldkey: coldkeyOf(alice) };
  const { orders } = openOrderStore(temporaryHome(), 0);
  const amount = { unit: 'tao', amount: '1' } as const;
  const order = { kind: 'transfer', to: '5To', amount: '1' } as const;
  const rest = { order, pays: amount, receives: amount, feeRao: '1', status: { kind: 'signing' }, sent: null } as const;
  const refused = { kind: 'refused', block: null, error: 'StaleNonce', message: 'Stale' } as const;
  const sign = (id: string, nonce: number): void => {
    orders.add(account, { id, placedAtMs: nonce, ...rest });
    orders.setSent(account, id, { hash: '0xab', afterBlock: 8, begunAtMs: 2_000 }, nonce);
  };
  const nonces = () => orders.refusedByNode(account, 0, 9).map(({ id, nonce }) => [id, nonce]);
  for (const nonce of [7, 8]) {
    sign(`${nonce}`, nonce);
    orders.setStatus(`${nonce}`, refused);
  }
  expect(nonces()).toEqual([
    ['8', 8],
    ['7', 7],
  ]);
  sign('earlier', 6); // which does not keep those from coming after it
  expect(nonces()).toEqual([
    ['8', 8],
    ['7', 7],
  ]);
  sign('same', 7);
  expect(nonces()).toEqual([
    ['8', 8],
    ['7', null],
  ]);
  orders.setVoid('8');
  expect(nonces()).toEqual([
    ['8', null],
    ['7', null],
  ]);
  orders.close();
});
