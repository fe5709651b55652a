import { describe, expect, it } from 'vitest';
import { csvOf } from '#main/core/wallet-service/csv.ts';
import { historyCsv } from '#main/core/wallet-service/history.ts';
import type { StoredOrder } from '#main/core/wallet-service/order-store.ts';
import { alpha, rao } from '#protocol/units.ts';

const noon = (day: number): number => new Date(2026, 10, day, 12).getTime();
const iso = (day: number): string => new Date(noon(day)).toISOString();

describe('a table', () => {
  it('has one line for each row, and quotes what would break it', () => {
    expect(
      csvOf([
        ['a', 1, null],
        ['x,y', 'say "no"', 'two\nlines'],
      ]),
    ).toBe('a,1,\r\n"x,y","say ""no""","two\nlines"\r\n');
  });

  it('lets no text run as a formula, and leaves negative numbers numbers', () => {
    expect(csvOf([['=1+1', '+1+1', '@SUM(A1)', '-1+1', '\t=1', -1.5, '-1.5']])).toBe(
      "'=1+1,'+1+1,'@SUM(A1),'-1+1,'\t=1,-1.5,-1.5\r\n",
    );
  });
});

describe('the history', () => {
  const transfer: StoredOrder = {
    ...{ id: 'a', placedAtMs: noon(28), order: { kind: 'transfer', to: '5To', amount: '1500000000' } },
    pays: { unit: 'tao', amount: '1500000000' },
    receives: { unit: 'tao', amount: '1500000000' },
    ...{
      feeRao: '140000',
      status: { kind: 'finalized', block: 9 },
      sent: { hash: '0xab', afterBlock: 8, begunAtMs: noon(28) },
      nonce: 7,
    },
  };
  const unsent: StoredOrder = {
    ...transfer,
    ...{ id: 'b', placedAtMs: noon(29), order: { kind: 'unstake', hotkey: '5Hot', netuid: 3, amount: 'everything' } },
    pays: { unit: 'alpha', netuid: 3, amount: '2000000001' },
    receives: { unit: 'tao', amount: '200000000' },
    ...{ status: { kind: 'not-sent', message: '=cmd|declined, by you' }, sent: null },
  };
  const payment = { block: 5, amountAlpha: alpha(10_000_000_000n), amountRao: rao(1_000_000_000n), paidAtMs: noon(27) };
  const fiat = { currency: 'EUR', pricesByDay: { '2026-11-27': 300, '2026-11-28': 310.5, '2026-11-29': 320 } };
  const asked = { netuid: 3, hotkey: '5Hot', fiat };

  it('has orders and payments, oldest first, each amount in its own unit', () => {
    const { csv, rows } = historyCsv({ ...asked, fiat: null }, [unsent, transfer], [payment]);
    expect(rows).toBe(3);
    expect(csv.split('\r\n')).toEqual([
      'day,time_utc,block,kind,status,reason,amounts_are,subnet,to_subnet,hotkey,to,pays_tao,pays_alpha,receives_tao,receives_alpha,worth_tao,fee_tao,transaction',
      `2026-11-27,${iso(27)},5,earned,finalized,,paid,3,,5Hot,,,,,10,1,,`,
      `2026-11-28,${iso(28)},9,transfer,finalized,,quoted,,,,5To,1.5,,1.5,,,0.00014,0xab`,
      `2026-11-29,${iso(29)},,unstake,not-sent,"'=cmd|declined, by you",quoted,3,,5Hot,,,2.000000001,0.2,,,,`,
      '',
    ]);
  });

  it('says what it was worth at the prices of the days, and nothing for what did not come to be', () => {
    const { csv } = historyCsv(asked, [unsent, transfer], [payment]);
    const [header = '', earned = '', sent = '', declined = ''] = csv.split('\r\n');
    expect(header.endsWith(',currency,price_of_one_tao,value')).toBe(true);
    expect(earned.endsWith(',EUR,300,300.00')).toBe(true);
    expect(sent.endsWith(',EUR,310.5,465.75')).toBe(true);
    expect(declined.endsWith(',EUR,,')).toBe(true);
  });
});
