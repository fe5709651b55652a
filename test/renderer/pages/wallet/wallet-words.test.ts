import { describe, expect, it } from 'vitest';
import type { QuoteText } from '#protocol/contract/wallet.ts';
import { parseFiatPrices } from '#renderer/pages/wallet/fiat-prices.ts';
import { orderTitle, statusWords } from '#renderer/pages/wallet/order-words.ts';
import { leastWords, moveWords, quoteRows } from '#renderer/pages/wallet/quote-words.ts';
import { signingWay } from '#renderer/pages/wallet/signing-ways.ts';
import { movableAlpha, spendableRao, totalsOf } from '#renderer/pages/wallet/totals.ts';
import { orderValidators, searchValidators } from '#renderer/pages/wallet/validator-list.ts';
import { FIXTURE_NOW_MS } from '../../fixtures/states.ts';
import { MILL, OWN_HOTKEY, quote, validators, walletStates } from '../../fixtures/wallet-states.ts';

const shown = (changes: Partial<QuoteText> = {}): QuoteText =>
  quote(changes) as Extract<ReturnType<typeof quote>, { kind: 'quote' }>;
const held = walletStates.held.wallet.stake!;

describe('a quote in words', () => {
  it('says what comes at least, and every cost', () => {
    expect(leastWords(shown())).toBe('at least 110.2031');
    expect(quoteRows(shown()).map(({ label }) => label)).toEqual([
      'Price in subnet 3',
      'Price limit',
      'Cost of the trade',
      'Swap fee',
      'Transaction fee',
    ]);
  });

  it('names the limit of a swap by both subnets', () => {
    const rows = quoteRows(shown({ limit: { kind: 'ratio', ratio: '995000000', from: 3, to: 5 } }));
    expect(rows.find(({ label }) => label === 'Price limit')?.value).toBe(
      '0.9950 alpha of subnet 5 for one of subnet 3',
    );
  });

  it('says how much less one gets when the price moved, and nothing when it did not', () => {
    const before = shown();
    const worse = shown({ receives: { unit: 'alpha', netuid: 3, amount: '109613212852' } });
    expect(moveWords(before, worse)).toBe('The price moved. You now get 1 % less than a moment ago.');
    expect(moveWords(before, before)).toBeNull();
  });
});

describe('an order in words', () => {
  it('names what leaves with its unit', () =>
    expect(
      orderTitle(
        { kind: 'unstake', hotkey: MILL, netuid: 3, amount: 'everything' },
        { unit: 'alpha', netuid: 3, amount: '5000000000' },
      ),
    ).toBe('Unstake 5 alpha of subnet 3'));

  it('a refusal says what it cost', () => {
    const refused = { kind: 'refused', error: 'X', message: 'The price had moved.' } as const;
    expect(statusWords({ ...refused, block: 7 }).detail).toContain('Only the transaction fee was paid.');
    expect(statusWords({ ...refused, block: null }).detail).toContain('Nothing was paid.');
  });
});

describe('what a wallet has', () => {
  it('the parts are the total, and what is frozen is not free', () => {
    const all = totalsOf(held);
    expect(all.availableRao + all.stakedRao + all.reservedRao + all.frozenRao).toBe(all.totalRao);
    expect(all.availableRao).toBe(BigInt(held.freeRao) - BigInt(held.frozenRao));
  });

  it('the most that can be spent keeps fees back, and is never below zero', () => {
    expect(spendableRao({ ...held, freeRao: '5', frozenRao: '0' })).toBe(0n);
    expect(spendableRao({ ...held, freeRao: '1000000000', frozenRao: '0' })).toBe(999_000_000n);
  });

  it('locked stake stays', () => {
    expect(movableAlpha(held, OWN_HOTKEY, 3)).toBe(663_058_021_000n);
    expect(movableAlpha(held, 'nobody', 3)).toBe(0n);
  });
});

describe('who can sign', () => {
  const { rich } = walletStates;
  const coldkey = rich.wallet.coldkey!;

  it('the devnet’s key signs on the devnet only', () => {
    expect(signingWay(rich)).toEqual({ kind: 'devnet' });
    expect(signingWay({ ...rich, network: { ...rich.network, name: 'finney' } }).kind).toBe('none');
  });

  it('a watched coldkey signs nothing', () =>
    expect(
      signingWay({ ...rich, keys: { ...rich.keys, coldkey: { kind: 'watch-only', address: coldkey } } }),
    ).toMatchObject({ kind: 'none', why: expect.stringContaining('watch-only') as string }));

  it('an encrypted coldkey wants its password', () =>
    expect(signingWay({ ...rich, keys: { ...rich.keys, coldkey: { kind: 'encrypted', address: coldkey } } })).toEqual({
      kind: 'password',
    }));
});

describe('the validators', () => {
  it('stand by number or by name, never by merit', () => {
    expect(orderValidators(validators, 'uid').map(({ uid }) => uid)).toEqual([4, 12, 71, 201]);
    expect(orderValidators(validators, 'name').map(({ uid }) => uid)).toEqual([12, 201, 4, 71]);
  });

  it('are found by name, number and address', () => {
    expect(searchValidators(validators, 'mill')).toHaveLength(1);
    expect(searchValidators(validators, 'uid 4').map(({ uid }) => uid)).toEqual([4]);
    expect(searchValidators(validators, MILL)).toHaveLength(1);
  });
});

describe('prices in a currency', () => {
  it('one a day', () =>
    expect(parseFiatPrices('2026-11-27 249.80\n\n2026-11-28 251.30\n', FIXTURE_NOW_MS)).toMatchObject({
      pricesByDay: { '2026-11-27': 249.8, '2026-11-28': 251.3 },
    }));

  it('one for all days, small enough for one message', () => {
    const parsed = parseFiatPrices('250', FIXTURE_NOW_MS);
    expect(parsed).toMatchObject({ kind: 'prices', pricesByDay: { '2023-03-20': 250, '2026-11-23': 250 } });
    expect(JSON.stringify(parsed).length).toBeLessThan(50_000);
  });

  it.each(['', '2026-11-28 251,30', '2026-02-30 1', '28.11.2026 5', '2026-11-28 1\n2026-11-28 2'])(
    '%j is refused in words',
    (text) => expect(parseFiatPrices(text, FIXTURE_NOW_MS).kind).toBe('wrong'),
  );
});
