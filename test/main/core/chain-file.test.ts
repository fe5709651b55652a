import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readChainFile, removeChainFile, writeChainFile } from '#main/core/chain-file.ts';
import { temporaryHome } from '../temporary-home.ts';

const url = 'ws://127.0.0.1:4321';

it('tells other commands where the chain is, as long as it runs', () => {
  const home = temporaryHome();
  expect(readChainFile(home)).toBeNull();
  writeChainFile(home, { isDevnet: true, chain: url });
  expect(readChainFile(home)).toEqual({ isDevnet: true, chain: url });
  removeChainFile(home);
  expect(readChainFile(home)).toBeNull();
});

it.each(['finney', 'wss://a.example.org,wss://b.example.org'])('tells of "%s" as well', (chain) => {
  const home = temporaryHome();
  writeChainFile(home, { isDevnet: false, chain });
  expect(readChainFile(home)).toEqual({ isDevnet: false, chain });
});

it.each(['', 'devnet', 'devnet devnet', 'ws://example.org:4321', 'https://example.org', 'x'.repeat(2000)])(
  'takes "%s" for no chain',
  (text) => {
    const home = temporaryHome();
    writeFileSync(join(home, 'chain'), text);
    expect(readChainFile(home)).toBeNull();
  },
);
