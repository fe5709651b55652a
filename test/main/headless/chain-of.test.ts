import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { writeChainFile } from '#main/core/chain-file.ts';
import { lockHome } from '#main/core/home-lock.ts';
import { chainOf } from '#main/headless/chain-of.ts';
import { temporaryHome } from '../temporary-home.ts';

const devnetUrl = 'ws://127.0.0.1:4321';

test('a command is about the chain that it names', () => {
  const home = temporaryHome();
  expect(chainOf(home, 'finney')).toMatchObject({ name: 'finney', genesisHash: expect.any(String) as unknown });
  expect(chainOf(home, 'wss://a,wss://b')).toMatchObject({ name: 'custom', endpoints: ['wss://a', 'wss://b'] });
  expect(() => chainOf(home, 'mainnet')).toThrow('no ws:// or wss:// address');
});

test('else about that of the Millrace that runs here, else about that of its settings', () => {
  const home = temporaryHome();
  expect(chainOf(home, undefined)).toBeNull();
  writeFileSync(join(home, 'settings.json'), '{"chain":"test"}');
  writeChainFile(home, { isDevnet: true, chain: devnetUrl });
  expect(chainOf(home, undefined), 'a file that a crash left').toMatchObject({ name: 'test' });
  expect(chainOf(home, 'devnet'), 'one that does not run').toBeNull();

  expect(chainOf(home, 'test')).toMatchObject({ netuid: null });
  writeFileSync(join(home, 'settings.json'), '{"chain":"test","netuid":7}');
  expect(chainOf(home, 'test'), 'in the subnet of the settings').toMatchObject({ netuid: 7 });
  expect(chainOf(home, 'finney'), 'which are of another chain').toMatchObject({ netuid: null });

  const lock = lockHome(home);
  onTestFinished(() => lock.release());
  const devnet = { name: 'devnet', endpoints: [devnetUrl], genesisHash: null };
  expect(chainOf(home, undefined)).toMatchObject(devnet);
  expect(chainOf(home, 'devnet')).toMatchObject(devnet);
  expect(chainOf(home, devnetUrl)).toMatchObject(devnet);
  expect(chainOf(home, 'ws://127.0.0.1:4322'), 'another one').toMatchObject({ name: 'custom' });
  writeChainFile(home, { isDevnet: false, chain: devnetUrl });
  expect(chainOf(home, undefined)).toMatchObject({ name: 'custom', endpoints: [devnetUrl] });
  expect(chainOf(home, 'devnet'), 'a node of this machine may be one of the main chain').toBeNull();
});
