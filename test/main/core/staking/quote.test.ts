import { describe, expect, it } from 'vitest';
import { addressOf } from '#protocol/keys.ts';
import { alpha, rao } from '#protocol/units.ts';
import { price } from '#main/core/staking/amounts.ts';
import type {
  AccountFacts,
  MarketFacts,
  MoveFacts,
  OrderFacts,
  RegisterFacts,
  StakeFacts,
  TransferFacts,
  UnstakeFacts,
} from '#main/core/staking/facts.ts';
import type { Order } from '#main/core/staking/orders.ts';
import { DEFAULT_TERMS, quoteOrder } from '#main/core/staking/quote.ts';
import { refuseTogether } from '#main/core/staking/quote-several.ts';

const hotkey = addressOf(new Uint8Array(32).fill(7));
const other = addressOf(new Uint8Array(32).fill(8));
const TAO = 1_000_000_000n;

const account: AccountFacts = {
  ...{ block: 9, free: rao(100n * TAO), transactionFee: rao(300_000), existentialDeposit: rao(500), swap: null },
};
/** One alpha costs 0.1 TAO. */
const market: MarketFacts = {
  ...{ exists: true, isTrading: true, price: price(100_000_000n) },
  pool: { tao: rao(10_000n * TAO), alpha: alpha(100_000n * TAO), quoteWeight: 500_000_000_000_000_000n },
};
const root: MarketFacts = { exists: true, isTrading: true, price: price(TAO), pool: null };

/** 10 TAO for 99.85… alpha. */
const stakeFacts: StakeFacts = {
  ...{ kind: 'stake', account, market, isHotkeyKnown: true },
  trial: {
    ...{ taoIn: rao(9_994_964_981), fee: rao(5_035_019), alphaOut: alpha(99_849_848_000), missing: alpha(150_152_000) },
  },
};
const stake: Order = { kind: 'stake', hotkey, netuid: 1, amount: rao(10n * TAO) };

const unstakeFacts: UnstakeFacts = {
  ...{ kind: 'unstake', account, market, isHotkeyKnown: true },
  position: { staked: alpha(100n * TAO), available: alpha(60n * TAO) },
  trial: {
    ...{ alphaIn: alpha(49_974_825_000), fee: alpha(25_175_000), taoOut: rao(4_994_986_000), missing: rao(5_014_000) },
  },
};
const unstake: Order = { kind: 'unstake', hotkey, netuid: 1, amount: alpha(50n * TAO) };

const moveFacts: MoveFacts = {
  ...{ kind: 'move', account, origin: market, destination: root, areHotkeysKnown: true, mayBeGiven: true },
  ...{ position: unstakeFacts.position, sale: unstakeFacts.trial },
  purchase: { taoIn: rao(4_994_986_000), fee: rao(0), alphaOut: alpha(4_994_986_000), missing: alpha(0) },
};
const move: Order = {
  ...{ kind: 'move', from: { hotkey, netuid: 1 }, to: { hotkey: other, netuid: 0 }, amount: alpha(50n * TAO) },
};
const within: Order = { ...move, to: { hotkey: other, netuid: 1 } };
const withinFacts: MoveFacts = { ...moveFacts, destination: market, sale: null, purchase: null };
const gift: Order = {
  ...{ kind: 'transfer-stake', hotkey, netuid: 1, toNetuid: 1, toColdkey: other, amount: alpha(50n * TAO) },
};
const giftFacts: MoveFacts = { ...withinFacts, kind: 'transfer-stake' };

const transferFacts: TransferFacts = { kind: 'transfer', account, recipientFree: rao(0) };
const transfer: Order = { kind: 'transfer', to: other, amount: rao(TAO) };
const registerFacts: RegisterFacts = {
  ...{ kind: 'register', account, exists: true, isOpen: true, cost: rao(TAO), isRegistered: false, isForeign: false },
  ...{ immunityBlocks: 7_200, neurons: 255, maxNeurons: 256, blockMs: 12_000 },
};
const register: Order = { kind: 'register', hotkey, netuid: 1 };

const poor = (free: bigint): AccountFacts => ({ ...account, free: rao(free) });
const swap = { fromBlock: 77, isDisputed: false };
const reasonOf = (order: Order, facts: OrderFacts, terms = DEFAULT_TERMS): string => {
  const result = quoteOrder(order, facts, terms);
  return result.kind === 'refused' ? result.reason : 'quoted';
};

describe('a quote', () => {
  it('of staking says what is paid and what comes, in its own unit each', () => {
    expect(quoteOrder(stake, stakeFacts)).toEqual({
      ...{ kind: 'quote', block: 9, tolerancePpm: 5_000, warnings: [], notes: [], transactionFee: 300_000n },
      pays: { unit: 'tao', amount: 10n * TAO },
      receives: { unit: 'alpha', netuid: 1, amount: 99_849_848_000n },
      leastReceived: { unit: 'alpha', netuid: 1, amount: 99_452_387_870n },
      prices: [{ netuid: 1, before: 100_000_000n, after: 100_199_999n }],
      limit: { kind: 'price', price: 100_500_000n },
      swapFee: { unit: 'tao', amount: 5_035_019n },
      slippagePpm: 1_502,
    });
  });

  it('of unstaking says it the other way round', () => {
    expect(quoteOrder(unstake, unstakeFacts)).toMatchObject({
      pays: { unit: 'alpha', netuid: 1, amount: 50n * TAO },
      receives: { unit: 'tao', amount: 4_994_986_000n },
      leastReceived: { unit: 'tao', amount: 4_972_495_087n },
      limit: { kind: 'price', price: 99_500_000n },
      swapFee: { unit: 'alpha', netuid: 1, amount: 25_175_000n },
      slippagePpm: 1_003,
    });
  });

  it('of a registration says for how long it is safe, and what ends it', () => {
    const notes = (facts: RegisterFacts) =>
      (quoteOrder(register, facts) as { notes: readonly string[] }).notes.join(' ');
    expect(notes(registerFacts)).toContain('not full: 255 of 256 places');
    expect(notes(registerFacts)).toContain('immune for 7200 blocks (about 24 hours)');
    expect(notes({ ...registerFacts, neurons: 256 })).toContain('is full: 256 of 256 places');
    expect(notes({ ...registerFacts, immunityBlocks: 20 })).toContain('about 4 minutes');
    expect(notes({ ...registerFacts, immunityBlocks: 65_535 })).toContain('about 9 days');
  });

  it('of a swap between subnets has a limit of what one alpha brings of the other, and says what arrives at least', () => {
    const swap: Order = { ...move, to: { hotkey, netuid: 0 } };
    expect(quoteOrder(swap, moveFacts)).toMatchObject({
      receives: { unit: 'alpha', netuid: 0, amount: 4_994_986_000n },
      leastReceived: { unit: 'alpha', netuid: 0, amount: 4_972_485_141n },
      ...{ limit: { kind: 'ratio', ratio: 99_500_000n, from: 1, to: 0 }, warnings: [], slippagePpm: 1_003 },
    });
    const narrow = quoteOrder(swap, moveFacts, { ...DEFAULT_TERMS, tolerancePpm: 900 });
    expect(narrow).toMatchObject({ kind: 'refused', reason: 'beyond-limit' });
    // Sold and bought at the same price, of which each half moves its own.
    const purchase = { ...moveFacts.purchase!, alphaOut: alpha(49_924_000_000) };
    const across: MoveFacts = { ...moveFacts, destination: market, purchase };
    const other = { ...swap, to: { hotkey, netuid: 2 } } as Order;
    expect(quoteOrder(other, across)).toMatchObject({ limit: { ratio: 995_000_000n, from: 1, to: 2 } });
    expect(quoteOrder(other, across, { ...DEFAULT_TERMS, tolerancePpm: 900 })).toMatchObject({
      reason: 'beyond-limit',
    });
    const back: Order = { ...swap, from: { hotkey, netuid: 0 }, to: { hotkey, netuid: 1 }, amount: alpha(10n * TAO) };
    const { trial } = stakeFacts;
    const sale = { alphaIn: alpha(10n * TAO), fee: alpha(0), taoOut: rao(10n * TAO), missing: rao(0) };
    const from = { ...moveFacts, origin: root, destination: market, sale, purchase: trial };
    expect(quoteOrder(back, from)).toMatchObject({ limit: { ratio: 9_950_000_000n }, leastReceived: { netuid: 1 } });
  });

  it('of a move to another hotkey says that the chain takes no limit between subnets, and that nothing is lost within one', () => {
    expect(quoteOrder(move, moveFacts)).toMatchObject({
      receives: { unit: 'alpha', netuid: 0, amount: 4_994_986_000n },
      ...{ leastReceived: null, limit: null, warnings: [{ kind: 'no-limit' }], slippagePpm: 1_003 },
      prices: [{ netuid: 1 }, { netuid: 0, before: TAO, after: TAO }],
    });
    for (const quote of [quoteOrder(within, withinFacts), quoteOrder(gift, giftFacts)]) {
      expect(quote).toMatchObject({ receives: { amount: 50n * TAO }, swapFee: null, slippagePpm: 0, warnings: [] });
    }
  });

  it('of a transfer and of a registration says what leaves', () => {
    expect(quoteOrder(transfer, transferFacts)).toMatchObject({ receives: { unit: 'tao', amount: TAO }, limit: null });
    expect(quoteOrder(register, registerFacts)).toMatchObject({
      ...{ pays: { unit: 'tao', amount: TAO }, receives: null, limit: { kind: 'cost', cost: 1_005_000_000n } },
    });
  });

  it('warns above 5 %, and above 50 % refuses until it is typed', () => {
    const costly = (lost: bigint): StakeFacts => ({
      ...stakeFacts,
      trial: { ...stakeFacts.trial!, alphaOut: alpha(100n - lost), missing: alpha(lost) },
      market: { ...market, pool: null },
    });
    expect(quoteOrder(stake, costly(5n))).toMatchObject({ warnings: [] });
    expect(quoteOrder(stake, costly(6n))).toMatchObject({ warnings: [{ kind: 'slippage' }] });
    expect(reasonOf(stake, costly(50n))).toBe('quoted');
    expect(reasonOf(stake, costly(51n))).toBe('needs-typing');
    expect(reasonOf(stake, costly(51n), { ...DEFAULT_TERMS, isTyped: true })).toBe('quoted');
    const tolerating = (tolerancePpm: number, isTyped = false) => ({ tolerancePpm, isTyped });
    expect(quoteOrder(stake, stakeFacts, tolerating(50_000))).toMatchObject({ warnings: [] });
    expect(quoteOrder(stake, stakeFacts, tolerating(50_001))).toMatchObject({ warnings: [{ kind: 'tolerance' }] });
    expect(reasonOf(register, registerFacts, tolerating(500_001))).toBe('needs-typing');
    expect(reasonOf(stake, stakeFacts, tolerating(500_001, true))).toBe('quoted');
    expect(reasonOf(stake, stakeFacts, tolerating(1_000_001, true))).toBe('beyond-limit');
    expect(reasonOf(stake, stakeFacts, tolerating(0.5))).toBe('beyond-limit');
  });

  it('is refused where the order itself would pass the limit', () => {
    const terms = { tolerancePpm: 1_000, isTyped: false };
    expect(quoteOrder(stake, stakeFacts, terms)).toMatchObject({
      ...{ reason: 'beyond-limit', message: expect.stringContaining('raise the price by 0.2 %') as string },
    });
    expect(reasonOf(unstake, unstakeFacts, { ...terms, tolerancePpm: 900 })).toBe('beyond-limit');
  });

  it('takes a quote of zeros, or of a part, for the failure that it is', () => {
    expect(reasonOf(stake, { ...stakeFacts, trial: null })).toBe('quote-failed');
    expect(reasonOf(unstake, { ...unstakeFacts, trial: null })).toBe('quote-failed');
    expect(reasonOf(move, { ...moveFacts, sale: null })).toBe('quote-failed');
    expect(reasonOf(move, { ...moveFacts, purchase: null })).toBe('quote-failed');
    const part = { ...stakeFacts.trial!, taoIn: rao(5n * TAO) };
    expect(reasonOf(stake, { ...stakeFacts, trial: part })).toBe('quote-failed');
  });

  it('is refused for an address that is none, of every order', () => {
    const typo = `${hotkey.slice(0, -1)}${hotkey.endsWith('1') ? '2' : '1'}`;
    for (const wrong of ['', 'alice', typo, hotkey.slice(1)]) {
      expect(reasonOf({ ...stake, hotkey: wrong }, stakeFacts)).toBe('not-an-address');
      expect(reasonOf({ ...unstake, hotkey: wrong }, unstakeFacts)).toBe('not-an-address');
      expect(reasonOf({ ...move, to: { hotkey: wrong, netuid: 0 } }, moveFacts)).toBe('not-an-address');
      expect(reasonOf({ ...gift, toColdkey: wrong }, giftFacts)).toBe('not-an-address');
      expect(reasonOf({ ...transfer, to: wrong }, transferFacts)).toBe('not-an-address');
      expect(reasonOf({ ...register, hotkey: wrong }, registerFacts)).toBe('not-an-address');
    }
  });

  it('is refused while the coldkey moves to another one, of every order', () => {
    const all: readonly (readonly [Order, OrderFacts])[] = [
      ...([
        [stake, stakeFacts],
        [unstake, unstakeFacts],
        [move, moveFacts],
      ] as const),
      ...([
        [gift, giftFacts],
        [transfer, transferFacts],
        [register, registerFacts],
      ] as const),
    ];
    for (const [order, facts] of all) {
      expect(quoteOrder(order, { ...facts, account: { ...account, swap } })).toMatchObject({
        ...{ reason: 'coldkey-swap', message: expect.stringContaining('block 77') as string },
      });
    }
    expect(
      quoteOrder(stake, { ...stakeFacts, account: { ...account, swap: { ...swap, isDisputed: true } } }),
    ).toMatchObject({ message: expect.stringContaining('disputed') as string });
  });

  it('is refused for what the account cannot spend', () => {
    const exact = 10n * TAO + 300_000n + 500n;
    expect(reasonOf(stake, { ...stakeFacts, account: poor(exact) })).toBe('quoted');
    expect(reasonOf(stake, { ...stakeFacts, account: poor(exact - 1n) })).toBe('deposit');
    expect(reasonOf(stake, { ...stakeFacts, account: poor(exact - 501n) })).toBe('too-much');
    expect(reasonOf(transfer, { ...transferFacts, account: poor(TAO + 300_499n) })).toBe('deposit');
    expect(reasonOf(register, { ...registerFacts, account: poor(TAO) })).toBe('too-much');
    expect(quoteOrder(unstake, { ...unstakeFacts, account: poor(300_499n) })).toMatchObject({
      ...{ kind: 'quote', warnings: [{ kind: 'fee-from-stake' }] },
    });
  });

  it('is refused below the least that the chain takes', () => {
    const small = (amount: bigint, taoIn: bigint): readonly [Order, StakeFacts] => [
      { ...stake, amount: rao(amount) },
      { ...stakeFacts, trial: { ...stakeFacts.trial!, taoIn: rao(taoIn), fee: rao(amount - taoIn) } },
    ];
    expect(reasonOf(...small(1_999_999n, 1_999_999n))).toBe('too-little');
    expect(reasonOf(...small(2_000_500n, 1_999_500n))).toBe('too-little');
    expect(reasonOf(...small(2_001_008n, 2_000_000n))).toBe('quoted');
    const trial = {
      ...unstakeFacts.trial!,
      taoOut: rao(1_999_999),
      missing: rao(1),
      alphaIn: alpha(20n * 1_000_000n),
      fee: alpha(0),
    };
    const dust = { ...unstake, amount: alpha(20_000_000) } as Order;
    expect(reasonOf(dust, { ...unstakeFacts, trial })).toBe('too-little');
    const all = { staked: alpha(20_000_000), available: alpha(20_000_000) };
    expect(reasonOf(dust, { ...unstakeFacts, trial, position: all })).toBe('quoted');
    expect(reasonOf({ ...dust, amount: 'everything' } as Order, { ...unstakeFacts, trial, position: all })).toBe(
      'quoted',
    );
    expect(reasonOf({ ...within, amount: alpha(19_999_999) }, withinFacts)).toBe('too-little');
    expect(reasonOf(move, { ...moveFacts, sale: { ...moveFacts.sale!, taoOut: rao(2_000_000) } })).toBe('too-little');
    expect(reasonOf({ ...transfer, amount: rao(499) }, transferFacts)).toBe('too-little');
    expect(reasonOf({ ...transfer, amount: rao(499) }, { ...transferFacts, recipientFree: rao(500) })).toBe('quoted');
    for (const [order, facts] of [
      [stake, stakeFacts],
      [transfer, transferFacts],
      [unstake, unstakeFacts],
    ] as const) {
      expect(reasonOf({ ...order, amount: 0n } as Order, facts)).toBe('nothing');
    }
  });

  it('is refused for stake that is not there, or locked', () => {
    expect(reasonOf({ ...unstake, amount: alpha(100n * TAO + 1n) }, unstakeFacts)).toBe('too-much');
    expect(reasonOf({ ...unstake, amount: alpha(60n * TAO + 1n) }, unstakeFacts)).toBe('locked');
    expect(reasonOf({ ...unstake, amount: 'everything' }, unstakeFacts)).toBe('locked');
    expect(reasonOf({ ...move, amount: 'everything' }, moveFacts)).toBe('locked');
    expect(reasonOf({ ...within, amount: 'everything' }, withinFacts)).toBe('quoted');
    const none = { staked: alpha(0), available: alpha(0) };
    expect(reasonOf({ ...unstake, amount: 'everything' }, { ...unstakeFacts, position: none })).toBe('nothing');
  });

  it('is refused for subnets and hotkeys that do not fit', () => {
    expect(reasonOf(stake, { ...stakeFacts, market: { ...market, exists: false } })).toBe('no-subnet');
    expect(reasonOf(stake, { ...stakeFacts, market: { ...market, isTrading: false } })).toBe('not-trading');
    expect(reasonOf(move, { ...moveFacts, destination: { ...root, exists: false } })).toBe('no-subnet');
    expect(reasonOf(stake, { ...stakeFacts, isHotkeyKnown: false })).toBe('unknown-hotkey');
    expect(reasonOf(unstake, { ...unstakeFacts, isHotkeyKnown: false })).toBe('unknown-hotkey');
    expect(reasonOf(move, { ...moveFacts, areHotkeysKnown: false })).toBe('unknown-hotkey');
    expect(reasonOf({ ...within, to: { hotkey, netuid: 1 } }, withinFacts)).toBe('same-place');
    expect(reasonOf(gift, { ...giftFacts, mayBeGiven: false })).toBe('not-transferable');
    expect(reasonOf({ ...register, netuid: 0 }, registerFacts)).toBe('no-subnet');
    expect(reasonOf(register, { ...registerFacts, exists: false })).toBe('no-subnet');
    expect(reasonOf(register, { ...registerFacts, isRegistered: true })).toBe('registered');
    expect(reasonOf(register, { ...registerFacts, isForeign: true })).toBe('foreign-hotkey');
    expect(reasonOf(register, { ...registerFacts, isOpen: false })).toBe('closed');
    expect(() => quoteOrder(stake, unstakeFacts)).toThrow('Facts of unstake cannot quote stake');
  });

  it('of several together is refused when one would change the other, or they cost too much', () => {
    const quoted = (order: Order, facts: OrderFacts) => {
      const quote = quoteOrder(order, facts);
      if (quote.kind === 'refused') throw new Error(quote.message);
      return { order, quote };
    };
    const [staking, sending] = [quoted(stake, stakeFacts), quoted(transfer, transferFacts)];
    expect(refuseTogether([staking, sending], account)).toBeNull();
    expect(refuseTogether([staking, quoted(unstake, unstakeFacts)], account)).toMatchObject({ reason: 'together' });
    const twice = [quoted(within, withinFacts), quoted(gift, giftFacts)];
    expect(refuseTogether(twice, account)).toMatchObject({ reason: 'together' });
    expect(refuseTogether([staking, sending], poor(11n * TAO))).toMatchObject({ reason: 'too-much' });
  });
});
