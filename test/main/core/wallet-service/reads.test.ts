import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AddressReply, HistoryReply, SubnetSummary, ValidatorSummary } from '#protocol/contract/wallet.ts';
import { addressOf, keyPairFromSeed, publicKeyOf } from '#protocol/keys.ts';
import { openAddressBook } from '#main/core/wallet-service/address-book.ts';
import { readAddress } from '#main/core/wallet-service/read-address.ts';
import { untrustedName } from '#main/core/wallet-service/untrusted-name.ts';
import { validatorRisks } from '#main/core/wallet-service/validator-risks.ts';
import { encodeAddress } from '@polkadot/util-crypto/address/encode';
import { associateHotkey } from '#network/devnet/pallets/subtensor/hotkeys.ts';
import { NETUID, OWNER } from '../../../support/devnet-calls.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { alice, SECOND } from '../staking/staking-scene.ts';
import { startWalletScene } from './wallet-scene.ts';

const friend = keyPairFromSeed(new Uint8Array(32).fill(6));
const TAO = 1_000_000_000n;

describe('what the wallet reads of the chain', () => {
  it('are subnets with prices, and whether they are traded', async () => {
    const { wallet } = await startWalletScene();
    const subnets = (await wallet.command('wallet.subnets', {})) as readonly SubnetSummary[];
    expect(subnets.map(({ netuid, priceRao, isTrading }) => [netuid, priceRao, isTrading])).toEqual([
      [0, TAO.toString(), true],
      [NETUID, '99999999', true],
      [SECOND, '99999999', true],
    ]);
  });

  it('are hotkeys to stake with, with what they take and what is wrong with them', async () => {
    const { wallet, chain } = await startWalletScene();
    const hotkey = chain.devnet.validator.address;
    const ask = async () =>
      (await wallet.command('wallet.validators', { netuid: NETUID })) as readonly ValidatorSummary[];
    expect(await ask()).toMatchObject([
      {
        ...{ hotkey, uid: null, hasPermit: false, return7DaysPpm: null, return30DaysPpm: null },
        risks: [expect.stringContaining('not registered')],
      },
    ]);
  });

  it('is as little as an address without a chain', async () => {
    const { wallet } = await startWalletScene();
    wallet.service.close();
    const reply = (await wallet.command('wallet.check-address', {
      ...{ address: friend.address, purpose: 'send' },
    })) as AddressReply;
    expect(reply).toMatchObject({ kind: 'valid', isFirstUse: true, warnings: [expect.stringContaining('chain')] });
    await expect(wallet.command('wallet.subnets', {})).rejects.toMatchObject({ code: 'CHAIN_UNREACHABLE' });
  });

  it('is the history, with what was paid', async () => {
    const payments = [{ block: 3, amountAlpha: null, amountRao: TAO, paidAtMs: null }] as never;
    const { wallet } = await startWalletScene({ payments });
    wallet.store.update((draft) => void (draft.wallet.hotkey = friend.address));
    const { csv, rows } = (await wallet.command('wallet.export-history', { fiat: null })) as HistoryReply;
    expect(rows).toBe(1);
    expect(csv).toContain(`,,3,earned,finalized,,paid,${NETUID},,${friend.address},`);
  });
});

describe('an address', () => {
  it('is checked: hotkey, own, first use, a double of a known one, and its name', async () => {
    const { wallet, chain } = await startWalletScene();
    const check = async (address: string, purpose = 'send') =>
      (await wallet.command('wallet.check-address', { address, purpose })) as Extract<AddressReply, { kind: 'valid' }>;
    await wallet.command('wallet.name-address', { address: ` ${friend.address} `, name: 'Friend' });
    expect(wallet.store.get().wallet.addressBook).toEqual([{ address: friend.address, name: 'Friend' }]);
    expect(await check(friend.address)).toMatchObject({
      ...{ kind: 'valid', name: 'Friend', isFirstUse: true, isOwn: false, isHotkey: false },
      warnings: [expect.stringContaining('no TAO yet')],
    });
    expect(await check(chain.devnet.validator.address)).toMatchObject({ isHotkey: true });
    expect(await check(alice.address)).toMatchObject({ isOwn: true });
    const quoteId = await wallet.quoteId({ kind: 'transfer', to: friend.address, amount: TAO.toString() });
    const placed = await wallet.command('wallet.place', { quoteId, signing: { kind: 'devnet' } });
    await wallet.until((placed as { readonly orderId: string }).orderId, 'finalized');
    expect(await check(friend.address)).toMatchObject({ isFirstUse: false, warnings: [] });
    await wallet.command('wallet.forget-address', { address: friend.address });
    expect(await check(friend.address)).toMatchObject({ name: null });
  });

  it('is warned of by what it is wanted for; of a double of a known one both times', async () => {
    // Found by trying: it begins and ends with the same four characters.
    const double = addressOf(Uint8Array.of(...friend.publicKey.subarray(0, 28), 0x00, 0x30, 0xcc, 0xd3));
    expect([double.slice(0, 4), double.slice(-4)]).toEqual([friend.address.slice(0, 4), friend.address.slice(-4)]);
    const { wallet } = await startWalletScene({
      genesis: (state) => associateHotkey(state, OWNER, publicKeyOf(double)),
    });
    const warningsFor = async (address: string, purpose: 'send' | 'stake'): Promise<string> => {
      const reply = (await wallet.command('wallet.check-address', { address, purpose })) as AddressReply;
      return reply.kind === 'valid' ? reply.warnings.join(' ') : reply.message;
    };
    expect(await warningsFor(double, 'send')).toMatch(/^This is a hotkey, [^.]+\. [^.]+\.$/);
    expect(await warningsFor(double, 'stake')).toBe('');
    expect(await warningsFor(friend.address, 'stake')).toContain('does not know this as a hotkey');
    await wallet.command('wallet.name-address', { address: friend.address, name: 'Friend' });
    expect(await warningsFor(double, 'send')).toContain(`like ${friend.address}`);
    expect(await warningsFor(double, 'stake')).toMatch(/^It begins and ends like/);

    const quoteId = await wallet.quoteId({ kind: 'stake', hotkey: double, netuid: NETUID, amount: TAO.toString() });
    const placed = await wallet.command('wallet.place', { quoteId, signing: { kind: 'devnet' } });
    await wallet.until((placed as { readonly orderId: string }).orderId, 'finalized');
    expect(await warningsFor(double, 'stake'), 'chosen before').toBe('');
    expect(await warningsFor(double, 'send')).toContain('It begins and ends like');
  });

  it('is told from what is none, by its reason', () => {
    const key = friend.publicKey;
    const words = (text: string): string => {
      const read = readAddress(text);
      return 'message' in read ? read.message : read.address;
    };
    expect(words(`  ${friend.address}\n`)).toBe(friend.address);
    expect(words(encodeAddress(key, 0))).toContain('address of Polkadot (prefix 0)');
    expect(words(encodeAddress(key, 0))).toContain(friend.address);
    expect(words(encodeAddress(key, 7391))).toContain('another network (prefix 7391)');
    expect(words(friend.address.slice(0, -1))).toContain('missing, or wrong');
    expect(words(friend.address.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')))).toContain('missing, or wrong');
    expect(words(`0x${'0'.repeat(64)}`)).toContain('hex');
    expect(words('not an address')).toContain('letters and digits');
    expect(words('')).toContain('paste');
  });
});

describe('the address book', () => {
  it('is kept, private, and one that is damaged moves aside', () => {
    const home = temporaryHome();
    const { book } = openAddressBook(home, 0);
    book.name(friend.address, 'Friend');
    book.name(alice.address, 'Alice');
    expect(
      openAddressBook(home, 0)
        .book.entries()
        .map(({ name }) => name),
    ).toEqual(['Alice', 'Friend']);
    const path = join(home, 'address-book.json');
    const stored = readFileSync(path, 'utf8');
    writeFileSync(path, stored.replace(friend.address, `${friend.address.slice(0, -1)}1`));
    const again = openAddressBook(home, 0);
    expect(again.damagedPath).toContain('address-book.json.damaged');
    expect(again.book.entries()).toEqual([]);
  });

  it('takes no more than it can show', () => {
    const home = temporaryHome();
    const addressNumber = (n: number): string => addressOf(new Uint8Array(32).fill(n % 256).fill(n >> 8, 0, 1));
    const entries = Array.from({ length: 500 }, (_, n) => ({ address: addressNumber(n), name: `n${n}` }));
    writeFileSync(join(home, 'address-book.json'), JSON.stringify({ version: 1, entries }));
    const { book } = openAddressBook(home, 0);
    expect(book.entries()).toHaveLength(500);
    expect(() => book.name(addressNumber(500), 'one more')).toThrow('500 names');
    book.forget(addressNumber(3));
    book.name(addressNumber(500), 'one more');
  });
});

describe('what strangers wrote on the chain', () => {
  it('is shown without what is not seen, and short', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(untrustedName(bytes('  Good\u202e\u0000 name '))).toBe('Good name');
    expect(untrustedName(bytes('\u200b\n'))).toBeNull();
    expect(untrustedName(Uint8Array.of(0xff, 0xfe))).toBeNull();
    expect(untrustedName(bytes('é'.repeat(2_000)))).toHaveLength(60);
  });

  it('has risks in words', () => {
    const good = {
      ...{ isRoot: false, isRegistered: true, hasPermit: true, blocksSinceRegistered: 60_000, blocksSinceWeights: 10 },
      ...{
        activityCutoffBlocks: 5_000,
        blockMs: 12_000,
        stakePartPpm: 10_000,
        takePpm: 180_000,
        takeBeforePpm: 180_000,
      },
    };
    const risks = (change: object): string => validatorRisks({ ...good, ...change }).join(' ');
    expect(risks({})).toBe('');
    expect(risks({ isRegistered: false })).toContain('not registered');
    expect(risks({ hasPermit: false })).toContain('no validator permit');
    expect(risks({ isRoot: true, hasPermit: false, blocksSinceWeights: null })).toBe('');
    expect(risks({ blocksSinceWeights: 5_001 })).toContain('no weights for about 17 hours');
    // As on the devnet: four minutes old, with two blocks a second.
    const devnet = { blockMs: 500, activityCutoffBlocks: 150 };
    expect(risks({ ...devnet, blocksSinceWeights: 480 })).toContain('no weights for about 4 minutes');
    expect(risks({ blocksSinceWeights: null })).toContain('no weights yet');
    expect(risks({ stakePartPpm: 9_999 })).toContain('less than 1 %');
    expect(risks({ blocksSinceRegistered: 50_399 })).toContain('less than a week');
    expect(risks({ takeBeforePpm: 90_000 })).toContain('from 9 % to 18 %');
  });
});
