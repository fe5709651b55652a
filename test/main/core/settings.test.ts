import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadSettings, mergeSettings, readSettings, saveSettings } from '#main/core/settings.ts';
import { DEFAULT_SETTINGS } from '#protocol/contract/state.ts';
import { temporaryHome } from '../temporary-home.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

test('begins with the defaults', () => {
  expect(loadSettings(temporaryHome(), NOW_MS)).toEqual({ settings: DEFAULT_SETTINGS, damagedPath: null });
});

test('reads what it saved, in a file that only the owner may read', () => {
  const home = temporaryHome();
  const settings = { ...DEFAULT_SETTINGS, theme: 'dark', cpuThreads: 3, workShare: 0.35, diskGiB: 200 } as const;
  saveSettings(home, settings);
  expect(loadSettings(home, NOW_MS).settings).toEqual(settings);
  expect(statSync(join(home, 'settings.json')).mode & 0o777).toBe(0o600);
  expect(readdirSync(home)).toEqual(['settings.json']);
});

test('fills in what is missing and drops what it does not know', () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'settings.json'), '{"theme":"light","fromTheFuture":1}');
  expect(loadSettings(home, NOW_MS)).toEqual({ settings: { ...DEFAULT_SETTINGS, theme: 'light' }, damagedPath: null });
});

test('a file of an older version keeps the devnet, and a chain that was chosen is read back', () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'settings.json'), '{"theme":"light","startOnLaunch":true,"diskGiB":32}');
  const { settings } = loadSettings(home, NOW_MS);
  expect(settings).toMatchObject({ diskGiB: 32, chain: 'devnet', customEndpoints: [], netuid: null });
  const next = mergeSettings(settings, {
    chain: 'custom',
    customEndpoints: ['wss://a', 'ws://127.0.0.1:9'],
    netuid: 0,
  });
  saveSettings(home, next);
  expect(loadSettings(home, NOW_MS)).toEqual({ settings: next, damagedPath: null });
  expect(mergeSettings(next, { netuid: null })).toEqual({ ...next, netuid: null });
});

test('a look at a damaged file leaves it for who repairs it', () => {
  const home = temporaryHome();
  writeFileSync(join(home, 'settings.json'), '{');
  expect(readSettings(home)).toEqual(DEFAULT_SETTINGS);
  expect(readdirSync(home)).toEqual(['settings.json']);
  expect(readSettings(join(home, 'nowhere'))).toEqual(DEFAULT_SETTINGS);
});

test.each([
  ['is cut short', '{"theme":"li'],
  ['is empty', ''],
  ['holds another type', '{"startOnLaunch":"yes"}'],
  ['holds a number out of range', '{"cpuThreads":0}'],
  ['holds less than the least work share', '{"workShare":0.09}'],
  ['holds no disk space', '{"diskGiB":0}'],
  ['holds half a GiB of disk space', '{"diskGiB":0.5}'],
  ['holds an unknown chain', '{"chain":"mainnet"}'],
  ['holds a chain without an address', '{"chain":"custom"}'],
  ['holds an address that is not encrypted', '{"customEndpoints":["ws://node.example.org"]}'],
  ['holds six addresses', JSON.stringify({ customEndpoints: Array.from({ length: 6 }, (_, n) => `wss://n${n}`) })],
  ['holds a subnet out of range', '{"netuid":65536}'],
  ['is an array', '[]'],
  ['is far too large', `{"theme":"light","x":"${'x'.repeat(70_000)}"}`],
])('moves a file aside that %s, and goes on with the defaults', (_, text) => {
  const home = temporaryHome();
  const path = join(home, 'settings.json');
  writeFileSync(path, text);
  const damagedPath = `${path}.damaged-2026-11-23T12-00-00Z`;
  expect(loadSettings(home, NOW_MS)).toEqual({ settings: DEFAULT_SETTINGS, damagedPath });
  expect(readFileSync(damagedPath, 'utf8')).toBe(text);
  expect(loadSettings(home, NOW_MS).damagedPath).toBeNull();
});

test('keeps two damaged files of the same second', () => {
  const home = temporaryHome();
  for (const text of ['one', 'two']) {
    writeFileSync(join(home, 'settings.json'), text);
    loadSettings(home, NOW_MS);
  }
  expect(readdirSync(home).map((name) => readFileSync(join(home, name), 'utf8'))).toEqual(['one', 'two']);
});

test('changes only what a patch names; null is a value', () => {
  const before = { ...DEFAULT_SETTINGS, cpuThreads: 4 };
  expect(mergeSettings(before, { theme: 'dark' })).toEqual({ ...before, theme: 'dark' });
  expect(mergeSettings(before, { workShare: 0.4 })).toEqual({ ...before, workShare: 0.4 });
  expect(mergeSettings(before, { diskGiB: 64 })).toEqual({ ...before, diskGiB: 64 });
  expect(mergeSettings(before, { cpuThreads: null })).toEqual({ ...before, cpuThreads: null });
});
