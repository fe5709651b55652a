import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readChainFile, removeChainFile, writeChainFile } from '#main/core/chain-file.ts';
import { temporaryHome } from '../temporary-home.ts';

const url = 'ws://127.0.0.1:4321';

it('tells other commands where the chain is, as long as it runs', () => {
  const home = temporaryHome();
  expect(readChainFile(home)).toBeNull();
  writeChainFile(home, url);
  expect(readChainFile(home)).toBe(url);
  removeChainFile(home);
  expect(readChainFile(home)).toBeNull();
});

it.each(['', 'ws://example.org:4321', `${url}/path`, 'x'.repeat(1000)])('takes "%s" for no address', (text) => {
  const home = temporaryHome();
  mkdirSync(join(home, 'devnet'), { recursive: true });
  writeFileSync(join(home, 'devnet', 'chain-url'), text);
  expect(readChainFile(home)).toBeNull();
});
