import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseKeyJson } from '#main/core/btwallet/key-json.ts';
import { lockHome } from '#main/core/home-lock.ts';
import type { CommandContext } from '#main/headless/command-context.ts';
import { parseCommandLine } from '#main/headless/command-line.ts';
import { runKeys } from '#main/headless/keys-command.ts';
import { createOutput } from '#main/headless/output.ts';
import type { Prompts } from '#main/headless/terminal-prompts.ts';
import { fileOf, fixture } from '../core/btwallet/fixture.ts';
import { quickKeys, walletsFolder } from '../core/keys/keyring-scene.ts';
import { createFakeProcessHost } from '../fake-process-host.ts';
import { temporaryHome } from '../temporary-home.ts';

const PASSWORD = 'a long password';

/** A person who reads what the terminal shows. */
interface Person {
  readonly hidden?: readonly string[];
  /** Answers the quiz from the words that were shown. */
  readonly writesDown?: boolean;
}

async function keys(home: string, words: readonly string[], person: Person | null = null) {
  let text = '';
  let shown = '';
  const write = (part: string): void => void (text += part);
  const parsed = parseCommandLine(['keys', ...words], '1', { out: write, err: write });
  if (parsed.kind !== 'keys') return { code: parsed.kind === 'exit' ? parsed.code : -1, text, shown };
  const hidden = [...(person?.hidden ?? [])];
  const prompts: Prompts = {
    isTerminal: person !== null,
    hidden: () => Promise.resolve(hidden.shift() ?? ''),
    visible: (question) => {
      const number = /number (\d+)/.exec(question)?.[1];
      const word = new RegExp(`^ +${number} +(\\w+)$`, 'm').exec(shown)?.[1] ?? '';
      return Promise.resolve(person?.writesDown === true ? word : 'forgotten');
    },
    show: (part) => void (shown += part),
  };
  const context: CommandContext = {
    ...{ version: '1', dist: '/dist', processes: createFakeProcessHost(), log: () => undefined, nowMs: () => 0 },
    output: createOutput(parsed.options.json === true, write),
    interrupted: new AbortController().signal,
  };
  const code = await runKeys(home, parsed.options, context, { prompts, env: {}, derive: quickKeys });
  return { code, text, shown };
}

function passwordFile(): string {
  const path = join(temporaryHome(), 'password');
  writeFileSync(path, `${PASSWORD}\n`, { mode: 0o600 });
  return path;
}

test('creates a hotkey by a password file, without a person, and lists it', async () => {
  const home = temporaryHome();
  const { text } = await keys(home, ['create', 'hotkey', '--password-file', passwordFile(), '--json']);
  const { event, key, address } = JSON.parse(text) as Record<string, string>;
  expect([event, key]).toEqual(['created', 'hotkey']);
  const listed = await keys(home, ['list', '--wallets', join(home, 'none')]);
  expect(listed.text).toContain(`Hotkey   ${address}, sealed by a password`);
  expect(listed.text).toContain('Coldkey  none');
});

test('shows a new coldkey’s words to a person alone, and asks for three of them again', async () => {
  const home = temporaryHome();
  const { text, shown } = await keys(home, ['create', 'coldkey', '--json'], {
    hidden: [PASSWORD, PASSWORD],
    writesDown: true,
  });
  expect(JSON.parse(text)).toMatchObject({ event: 'created', key: 'coldkey' });
  const words = [...shown.matchAll(/^ +\d+ {2}(\w+)$/gm)].map(([, word]) => word!);
  expect(words).toHaveLength(12);
  expect(text).not.toContain(words[0]!);
  // Cleared from the screen and from what can be scrolled back to.
  expect(shown.endsWith('\u001b[2J\u001b[3J\u001b[H')).toBe(true);
});

test('keeps no coldkey whose words were not written down, and none without a person', async () => {
  const home = temporaryHome();
  await expect(keys(home, ['create', 'coldkey'], { hidden: [PASSWORD, PASSWORD] })).rejects.toThrow('look again');
  await expect(keys(home, ['create', 'coldkey', '--coldkey-password-file', passwordFile()])).rejects.toThrow(
    'terminal',
  );
  expect((await keys(home, ['list', '--wallets', home])).text).toContain('Coldkey  none');
});

test('imports a wallet of btcli’s and exports it again, the coldkey byte for byte', async () => {
  const home = temporaryHome();
  const wallets = walletsFolder({ 'miner/coldkey': 'nacl', 'miner/hotkeys/first': 'plain' });
  const imported = await keys(home, ['import', 'miner', '--hotkey', 'first', '--coldkey', '--wallets', wallets], {
    hidden: [PASSWORD, PASSWORD, fixture.password],
  });
  expect(imported.text).toBe(`Imported: the hotkey ${fixture.address}\nImported: the coldkey ${fixture.address}\n`);
  const file = passwordFile();
  const copy = ['export', 'copy', '--hotkey', 'first', '--plain', '--coldkey', '--wallets', wallets];
  expect((await keys(home, [...copy, '--password-file', file])).code).toBe(0);
  expect(readFileSync(join(wallets, 'copy/coldkey')).toString('latin1')).toBe(
    Buffer.from(fileOf('nacl')).toString('latin1'),
  );
  const hotkey = readFileSync(join(wallets, 'copy/hotkeys/first'));
  expect(parseKeyJson(hotkey)).toEqual(parseKeyJson(fileOf('plain')));
  await expect(keys(home, [...copy, '--password-file', file])).rejects.toThrow('there already');
});

test('restores a key of its words, watches an address, and removes what is named', async () => {
  const home = temporaryHome();
  const restored = await keys(home, ['restore', 'coldkey'], { hidden: [fixture.phrase, PASSWORD, PASSWORD] });
  expect(restored.text).toContain(fixture.address);
  await expect(keys(home, ['watch', fixture.address])).rejects.toThrow('already');
  await keys(home, ['remove', 'coldkey', '--address', fixture.address]);
  await keys(home, ['watch', fixture.address]);
  expect((await keys(home, ['list', '--wallets', home])).text).toContain('only watched');
});

test('asks for a new password twice, and asks nobody where there is no terminal', async () => {
  const home = temporaryHome();
  await expect(keys(home, ['create', 'hotkey'], { hidden: [PASSWORD, 'another one'] })).rejects.toThrow('not the same');
  await expect(keys(home, ['create', 'hotkey'])).rejects.toMatchObject({ code: 'USAGE' });
});

test('changes nothing while Millrace runs with the folder, but lists', async () => {
  const home = temporaryHome();
  const lock = lockHome(home);
  try {
    await expect(keys(home, ['watch', fixture.address])).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    expect((await keys(home, ['list', '--wallets', home])).code).toBe(0);
  } finally {
    lock.release();
  }
});

test.each([[['create']], [['create', 'other']], [['remove', 'hotkey']], [['import']], [['bogus']]])(
  'refuses %j',
  async (words) => {
    expect((await keys(temporaryHome(), words)).code).toBe(2);
  },
);
