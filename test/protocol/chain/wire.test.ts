import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import type { Neuron } from '#protocol/chain/chain-client.ts';
import { chainMethods, type ChainMethod, isChainMethod, toWireJson } from '#protocol/chain/wire.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { testKey } from '../../support/chain-fixtures.ts';

const hash = '0f'.repeat(32);
const address = testKey(60).address;
const block = { number: 5, hash, timestampMs: 1_700_000_000_000 };
const neuron = {
  uid: 0,
  hotkey: address,
  coldkey: testKey(61).address,
  stakeRao: (1n << 64n) - 1n,
  validatorPermit: true,
  registeredAtBlock: 0,
  emissionRao: 12_345_678_901_234_567_890n,
  incentive: 0.123456789,
} as unknown as Neuron;

/** One result of each method as the server holds it. */
const results: { readonly [M in ChainMethod]: unknown } = {
  chain_info: { genesisHash: hash, name: 'devnet', blockMs: 500, tokenSymbol: 'TAO' },
  chain_head: block,
  chain_block: null,
  chain_subscribeBlocks: block,
  subnet_info: { netuid: 1, ownerHotkey: address, tempo: 24 },
  subnet_neurons: [neuron],
  subnet_commitments: [{ hotkey: address, block: 3, fields: [new Uint8Array([0, 255]), new Uint8Array(0)] }],
  account_balance: (1n << 64n) - 1n,
  account_nonce: 3,
  emission_history: [{ block: 24, hotkey: address, coldkey: address, amountRao: 1n }],
  call_submit: { kind: 'refused', error: 'StaleNonce', message: 'old' },
};

const parseResult = (method: ChainMethod, json: unknown): unknown => {
  const parsed = v.safeParse(chainMethods[method].result, json);
  if (!parsed.success) throw new Error(parsed.issues[0].message);
  return parsed.output;
};

describe('the chain’s wire format', () => {
  it.each(Object.keys(chainMethods) as ChainMethod[])('carries the result of %s unharmed', (method) => {
    expect(parseResult(method, JSON.parse(toWireJson(results[method])))).toEqual(results[method]);
  });

  it('writes amounts as decimal strings and bytes as hex', () => {
    expect(toWireJson({ amountRao: 10n ** 19n, fields: [new Uint8Array([1, 171]), Buffer.from([2])] })).toBe(
      '{"amountRao":"10000000000000000000","fields":["01ab","02"]}',
    );
  });

  it.each<[string, ChainMethod, unknown]>([
    ['an amount as a number', 'account_balance', 5],
    ['a negative amount', 'account_balance', '-5'],
    ['an amount beyond u64', 'account_balance', '18446744073709551616'],
    ['an endless amount', 'account_balance', '1'.repeat(1_000_000)],
    ['a hash that is too short', 'chain_head', { ...block, hash: 'ab' }],
    ['a block number that is no integer', 'chain_head', { ...block, number: 1.5 }],
    ['no time between blocks', 'chain_info', { ...(results.chain_info as object), blockMs: 0 }],
    ['an incentive above one', 'subnet_neurons', [{ ...wire(neuron), incentive: 1.1 }]],
    ['too many neurons', 'subnet_neurons', Array.from({ length: 4_097 }, () => wire(neuron))],
    ['four fields', 'subnet_commitments', [{ hotkey: address, block: 1, fields: ['', '', '', ''] }]],
    ['a field of 129 bytes', 'subnet_commitments', [{ hotkey: address, block: 1, fields: ['00'.repeat(129)] }]],
    ['half a byte', 'subnet_commitments', [{ hotkey: address, block: 1, fields: ['0'] }]],
    ['a book of a message', 'call_submit', { kind: 'refused', error: 'Malformed', message: 'x'.repeat(1_001) }],
  ])('refuses %s from a server', (_what, method, result) => {
    expect(() => parseResult(method, result)).toThrow();
  });

  it('does not take what every object has for a method', () => {
    expect(['chain_head', 'constructor', '__proto__'].map(isChainMethod)).toEqual([true, false, false]);
  });

  it('knows the addresses that keys make', () => {
    expect(v.parse(chainMethods.account_balance.params, { account: address })).toEqual({
      account: hotkeyOf(testKey(60)),
    });
  });
});

function wire(value: unknown): object {
  return JSON.parse(toWireJson(value)) as object;
}
