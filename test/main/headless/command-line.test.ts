import { expect, test } from 'vitest';
import { parseCommandLine, type ParsedCommandLine } from '#main/headless/command-line.ts';

function parse(line: string): { readonly parsed: ParsedCommandLine; readonly out: string; readonly err: string } {
  let out = '';
  let err = '';
  const parsed = parseCommandLine(line === '' ? [] : line.split(' '), '1.2.3', {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
  });
  return { parsed, out, err };
}

const TRANSFER = { action: 'transfer', amount: '1', to: '5X', tolerancePpm: 5_000, yes: false };

test.each([
  ['run', { kind: 'run', options: { dashboard: true } }],
  [
    'run --headless --home /h --port 80 --rounds 3 --json --threads 2 --work-share 40 --disk 8 --no-dashboard --verbose',
    {
      kind: 'run',
      options: {
        headless: true,
        home: '/h',
        port: 80,
        rounds: 3,
        json: true,
        threads: 2,
        workShare: 40,
        disk: 8,
        dashboard: false,
        verbose: true,
      },
    },
  ],
  ['run --chain finney --netuid 3', { kind: 'run', options: { chain: 'finney', netuid: 3, dashboard: true } }],
  [
    'run --chain wss://a,ws://127.0.0.1:9 --netuid 0',
    { kind: 'run', options: { chain: 'wss://a,ws://127.0.0.1:9', netuid: 0, dashboard: true } },
  ],
  [
    'wallet balance --chain test',
    { kind: 'wallet', options: { action: 'balance', chain: 'test', tolerancePpm: 5_000, yes: false } },
  ],
  ['run --hotkey-password-file /p', { kind: 'run', options: { hotkeyPasswordFile: '/p', dashboard: true } }],
  ['run --password-file /p', { kind: 'run', options: { hotkeyPasswordFile: '/p', dashboard: true } }],
  [
    'keys list --password-file /p --coldkey-password-file /c',
    {
      kind: 'keys',
      options: { hotkeyPasswordFile: '/p', coldkeyPasswordFile: '/c', action: { kind: 'list' } },
    },
  ],
  [
    'wallet transfer 1 --to 5X --password-file /p',
    { kind: 'wallet', options: { ...TRANSFER, coldkeyPasswordFile: '/p' } },
  ],
  [
    'wallet transfer 1 --to 5X --coldkey-password-file /p',
    { kind: 'wallet', options: { ...TRANSFER, coldkeyPasswordFile: '/p' } },
  ],
  ['devnet --home /h --port 4000', { kind: 'devnet', options: { home: '/h', port: 4000 } }],
  ['status --json', { kind: 'status', options: { json: true } }],
  ['worker --config /c', { kind: 'worker', options: { config: '/c' } }],
  [
    'validator --config /c --metrics-port 0 --json',
    { kind: 'validator', options: { config: '/c', metricsPort: 0, json: true } },
  ],
  ['validator --config /c', { kind: 'validator', options: { config: '/c' } }],
  ['export --out /o', { kind: 'export', options: { out: '/o' } }],
  [
    'export --out o --run AB12 --round 0 --chain ws://127.0.0.1:9 --netuid 4 --force --home /h --json',
    {
      kind: 'export',
      options: {
        ...{ out: 'o', run: 'ab12', round: 0, chain: 'ws://127.0.0.1:9', netuid: 4 },
        ...{ force: true, home: '/h', json: true },
      },
    },
  ],
  ['verify /o', { kind: 'verify', options: { folder: '/o' } }],
  ['verify /o --chain wss://x --json', { kind: 'verify', options: { folder: '/o', chain: 'wss://x', json: true } }],
])('understands %s', (line, expected) => {
  expect(parse(line)).toEqual({ parsed: expected, out: '', err: '' });
});

test.each([
  [''],
  ['explode'],
  ['run --explode'],
  ['run extra'],
  ['run --port'],
  ['run --port 0'],
  ['run --port 65536'],
  ['run --port 80x'],
  ['run --port -1'],
  ['run --rounds 0'],
  ['run --rounds 1.5'],
  ['run --rounds 1e3'],
  ['run --threads 257'],
  ['run --work-share 9'],
  ['run --disk 0'],
  ['run --disk 1.5'],
  ['run --disk 16GB'],
  ['run --work-share 101'],
  ['run --work-share 0.5'],
  ['run --chain mainnet'],
  ['run --chain custom'],
  ['run --chain ws://node.example.org'],
  ['run --chain finney --netuid 65536'],
  ['wallet balance --chain http://x'],
  ['status --port 80'],
  ['worker'],
  ['validator --config'],
  ['export'],
  ['export /o'],
  ['export --out'],
  ['export --out /o --run 12g4'],
  ['export --out /o --run 12'],
  ['export --out /o --round -1'],
  ['export --out /o --round 4294967296'],
  ['export --out /o --chain http://x'],
  ['verify'],
  ['verify /o /p'],
  ['verify /o --chain 127.0.0.1:9'],
])('refuses "%s" with code 2 and words on stderr alone', (line) => {
  const { parsed, out, err } = parse(line);
  expect(parsed).toEqual({ kind: 'exit', code: 2 });
  expect(out).toBe('');
  expect(err).not.toBe('');
});

test.each([
  '--help',
  'run --help',
  'devnet --help',
  'status --help',
  'worker --help',
  'validator --help',
  'export --help',
  'verify --help',
  'help run',
])('helps with "%s"', (line) => {
  const { parsed, out, err } = parse(line);
  expect(parsed).toEqual({ kind: 'exit', code: 0 });
  expect(out).toContain('Usage: millrace');
  expect(err).toBe('');
});

test('tells its version', () => {
  expect(parse('--version')).toEqual({ parsed: { kind: 'exit', code: 0 }, out: '1.2.3\n', err: '' });
});
