import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { errorMessage } from '#protocol/errors.ts';
import { readConfig } from '#main/headless/operator/operator-config.ts';
import { temporaryHome } from '../../temporary-home.ts';

const SEED = 'f'.repeat(64);
const worker = {
  ...{ kind: 'start-worker', chainUrl: 'wss://a.example.org', netuid: 3, dataDir: '/data', hotkeySeedHex: SEED },
  ...{ threads: 2, listenAddress: '/ip4/0.0.0.0/tcp/0' },
};
const validator = { ...worker, kind: 'start-validator', found: null };

function read(kind: 'worker' | 'validator', content: object | string): unknown {
  const path = join(temporaryHome(), 'rig.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  try {
    return readConfig(path, kind);
  } catch (error) {
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(errorMessage(error)).not.toContain('fff');
    return errorMessage(error).replaceAll(path, 'FILE');
  }
}

test('a configuration that is right is taken as it is', () => {
  expect(read('worker', worker)).toEqual(worker);
  const full = {
    ...validator,
    chainFallbackUrls: ['ws://127.0.0.1:1'],
    found: { textPath: '/', roundBlocks: 30, trainBlocks: 20 },
  };
  expect(read('validator', full)).toEqual(full);
});

test.each([
  [
    'a key that is none',
    { hotkeySeedHex: `0x${SEED}` },
    '"hotkeySeedHex" must be the hotkey’s seed, 64 hex digits, small letters, without 0x',
  ],
  ['an address that is none', { chainUrl: 'http://a.example.org' }, '"chainUrl" must be the address of a node'],
  [
    'a further address that is none',
    { chainFallbackUrls: ['wss://b.example.org', 'b'] },
    '"chainFallbackUrls" must be a list',
  ],
  ['a number in quotes', { netuid: '3' }, '"netuid" must be the number of the subnet, from 0 to 65535, without quotes'],
  ['a field that is missing', { threads: undefined }, '"threads" is missing: a whole number from 1 to 256'],
  ['a field that nobody knows', { colour: 'red' }, 'it has "colour", which is no field'],
  [
    'a place to listen that is none',
    { listenAddress: '0.0.0.0:4001' },
    '"listenAddress" must be where to listen, such as',
  ],
  [
    'a text that is not there',
    { kind: 'start-validator', found: { textPath: '/no/such', roundBlocks: 3, trainBlocks: 2 } },
    '"found.textPath" names nothing',
  ],
  [
    'no time for validators',
    { kind: 'start-validator', found: { textPath: '/', roundBlocks: 2, trainBlocks: 2 } },
    '"found.trainBlocks" must be less',
  ],
])('%s is named with what belongs there', (_, change, words) => {
  const kind = 'kind' in change ? 'validator' : 'worker';
  expect(read(kind, { ...worker, ...change })).toContain(`FILE is no configuration of a ${kind}: ${words}`);
});

test('everything that is wrong is told at once', () => {
  const told = read('worker', { ...worker, netuid: -1, threads: 0 });
  expect(told).toContain('"netuid" must be');
  expect(told).toContain('; "threads" must be');
});

test('what is no JSON, or of another kind, or open to others, is called that', () => {
  expect(read('worker', `seed = "${SEED}"`)).toBe(
    'The configuration FILE cannot be read: it is not JSON. See --help for what it holds',
  );
  expect(read('validator', worker)).toContain('it does not hold {"kind":"start-validator", …}');
  const path = join(temporaryHome(), 'rig.json');
  writeFileSync(path, JSON.stringify(worker));
  chmodSync(path, 0o644);
  if (process.platform !== 'win32') expect(() => readConfig(path, 'worker')).toThrow('chmod 600');
  expect(() => readConfig('/no/such/rig.json', 'worker')).toThrow('cannot be read: ENOENT');
});
