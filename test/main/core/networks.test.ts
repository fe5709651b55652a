import { expect, test } from 'vitest';
import { chainText, isOfThisMachine, isSameNetwork, networkOf, parseChain } from '#main/core/networks.ts';
import { FINNEY_GENESIS, genesisProblem } from '#protocol/chain/genesis.ts';
import { endpointName, endpointProblem } from '#protocol/contract/endpoints.ts';
import type { ChainName } from '#protocol/contract/state.ts';

const OTHER_GENESIS = '8'.repeat(64);
const choice = (chain: ChainName, ...customEndpoints: string[]) => ({
  ...{ chain, customEndpoints, netuid: 7 },
});

test('each chain has addresses that may be used, but the devnet, which says its own', () => {
  expect(networkOf(choice('devnet', 'wss://unused.example.org'))).toEqual({
    ...{ name: 'devnet', netuid: 3, endpoints: [], genesisHash: null },
  });
  for (const chain of ['finney', 'test', 'local'] as const) {
    const { endpoints, netuid } = networkOf(choice(chain));
    expect(netuid).toBe(7);
    expect(endpoints.length).toBeGreaterThan(0);
    expect(endpoints.map(endpointProblem)).toEqual(endpoints.map(() => null));
  }
  expect(networkOf(choice('finney')).endpoints.length, 'fallbacks').toBeGreaterThan(1);
  expect(networkOf(choice('custom', 'wss://a', 'wss://b')).endpoints).toEqual(['wss://a', 'wss://b']);
  expect(() => networkOf(choice('custom'))).toThrow('at least one address');
});

test('refuses another chain that answers as finney, and finney that answers as the test chain', () => {
  expect(genesisProblem(networkOf(choice('finney')), FINNEY_GENESIS)).toBeNull();
  expect(genesisProblem(networkOf(choice('finney')), OTHER_GENESIS)).toBe(
    'this is not finney: its first block is 888888888888…, that of finney is 2f0555cc76fc…',
  );
  expect(genesisProblem(networkOf(choice('test')), FINNEY_GENESIS)).toContain('the main chain');
  expect(genesisProblem(networkOf(choice('test')), OTHER_GENESIS)).toBeNull();
  expect(genesisProblem(networkOf(choice('custom', 'wss://a')), FINNEY_GENESIS)).toBeNull();
});

test.each([
  'wss://entrypoint-finney.opentensor.ai:443',
  'wss://node.example.org/key?of=mine',
  'ws://127.0.0.1:9944',
  'ws://127.1.2.3',
  'ws://localhost:9944',
  'ws://[::1]:9944',
])('takes %s', (text) => expect(endpointProblem(text)).toBeNull());

test.each([
  ['ws://node.example.org', 'not encrypted'],
  ['ws://127.0.0.1.example.org:9944', 'not encrypted'],
  ['ws://10.0.0.1:9944', 'not encrypted'],
  ['https://node.example.org', 'no ws:// or wss:// address'],
  ['wss://', 'no ws:// or wss:// address'],
  ['wss://a b', 'no ws:// or wss:// address'],
  ['node.example.org', 'no ws:// or wss:// address'],
  ['', 'no ws:// or wss:// address'],
  ['wss://me:secret@node.example.org', 'no user name'],
  ['wss://node.example.org#x', 'no user name'],
  [`wss://${'x'.repeat(300)}`, 'at most 256'],
])('refuses "%s" and says why', (text, words) => expect(endpointProblem(text)).toContain(words));

test.each([
  ['wss://node.example.org/v1/secret', 'wss://node.example.org'],
  ['wss://node.example.org:8443?key=secret', 'wss://node.example.org:8443'],
  ['wss://me:secret@node.example.org#secret', 'wss://node.example.org'],
  ['ws://[::1]:9944/', 'ws://[::1]:9944'],
  ['secret', '…'],
])('names %s without what may be a key', (url, name) => expect(endpointName(url)).toBe(name));

test.each(['devnet', 'finney', 'test', 'local', 'wss://a', 'wss://a,ws://127.0.0.1:9'])(
  'reads %s on the command line, and writes it the same',
  (text) => {
    const parsed = parseChain(text);
    if ('problem' in parsed) throw new Error(parsed.problem);
    expect(chainText(networkOf({ ...parsed, netuid: 1 }))).toBe(text);
  },
);

test.each(['custom', 'mainnet', 'wss://a,', 'wss://a,ws://b', 'wss://a,wss://b,wss://c,wss://d,wss://e,wss://f'])(
  'does not take %s for a chain',
  (text) => expect(parseChain(text)).toHaveProperty('problem'),
);

test('the same chain and subnet is the same choice, whatever else was typed', () => {
  expect(isSameNetwork(choice('devnet', 'wss://a'), { ...choice('devnet'), netuid: null })).toBe(true);
  expect(isSameNetwork(choice('finney', 'wss://a'), choice('finney'))).toBe(true);
  expect(isSameNetwork(choice('finney'), { ...choice('finney'), netuid: 8 })).toBe(false);
  expect(isSameNetwork(choice('custom', 'wss://a'), choice('custom', 'wss://a', 'wss://b'))).toBe(false);
  expect(isSameNetwork(choice('test'), choice('finney'))).toBe(false);
});

test('peers are reachable from elsewhere, unless the chain is of this machine alone', () => {
  expect(isOfThisMachine(networkOf(choice('devnet')))).toBe(true);
  expect(isOfThisMachine(networkOf(choice('local')))).toBe(true);
  expect(isOfThisMachine(networkOf(choice('custom', 'ws://127.0.0.1:1', 'wss://node.example.org')))).toBe(false);
  expect(isOfThisMachine(networkOf(choice('test')))).toBe(false);
});
