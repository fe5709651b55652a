import { expect, test } from 'vitest';
import {
  describeFailure,
  excerpt,
  marketingName,
  normalizePciAddress,
  parseHex,
  parseNumber,
  plausibleBytes,
} from '#main/core/hardware/parse.ts';

test.each([
  ['8.6', 8.6],
  [' 10240 ', 10_240],
  ['-3', -3],
  ['[N/A]', null],
  ['ERR!', null],
  ['', null],
  ['1e9', null],
  ['0x10', null],
  ['10 MiB', null],
  ['9'.repeat(400), null],
])('the number %j is %j', (text, value) => {
  expect(parseNumber(text)).toBe(value);
});

test.each([
  ['0x10de', 0x10de],
  ['73BF', 0x73bf],
  ['0x5ff000000', 25_753_026_560],
  ['0xZZ', null],
  ['f'.repeat(17), null],
  [undefined, null],
])('the hexadecimal %j is %j', (text, value) => {
  expect(parseHex(text)).toBe(value);
});

test.each([
  ['00000000:01:00.0', '0000:01:00.0'],
  ['0000000F:01:00.0', '000f:01:00.0'],
  ['0B:00.0', '0000:0b:00.0'],
  ['0000:0b:00.0', '0000:0b:00.0'],
  ['0000:0b:00.9', null],
  ['[N/A]', null],
  [null, null],
])('the PCI address %j is %j', (text, address) => {
  expect(normalizePciAddress(text)).toBe(address);
});

test('a memory size that no machine has is unknown', () => {
  expect([0, -1, 2 ** 45, Number.NaN, Infinity, null].map(plausibleBytes)).toEqual([
    null,
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(plausibleBytes(10_737_418_240)).toBe(10_737_418_240);
});

test('what a tool printed is shown as one short, harmless line', () => {
  expect(excerpt('\n\n\u001b[31mred\u0000\u202Ealert\nsecond line')).toBe('[31mred  alert');
  expect(excerpt('x'.repeat(1000))).toHaveLength(161);
});

test('the name on the box is what stands in the last brackets', () => {
  expect(marketingName('Navi 31 [Radeon RX 7900 XT/7900 XTX]')).toBe('Radeon RX 7900 XT/7900 XTX');
  expect(marketingName('Raphael')).toBe('Raphael');
});

test.each([
  [{ kind: 'exited', exitCode: 0, stdout: 'x', stderr: '' }, null],
  [{ kind: 'not-found' }, 'tool is not installed.'],
  [{ kind: 'timed-out', timeoutMs: 5000 }, 'tool did not answer within 5 s and was stopped.'],
  [{ kind: 'too-much-output', maxBytes: 65_536 }, 'tool wrote more than 64 KiB and was stopped.'],
  [{ kind: 'failed', message: 'spawn EACCES' }, 'tool could not be run: spawn EACCES.'],
  [{ kind: 'exited', exitCode: 9, stdout: '', stderr: '' }, 'tool failed with exit code 9.'],
  [{ kind: 'exited', exitCode: 9, stdout: 'out', stderr: 'err' }, 'tool failed with exit code 9: err.'],
] as const)('%j is told as: %s', (outcome, sentence) => {
  expect(describeFailure('tool', outcome)).toBe(sentence);
});
