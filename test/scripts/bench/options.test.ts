import { expect, test } from 'vitest';
import { describeOptions, readSettings } from '../../../scripts/bench/options.ts';

const options = { config: ['small', 'tiny'], threads: ['2', '1'] };

test('an option that is not given has its first value', () => {
  expect(readSettings(options, { threads: '1', json: true })).toEqual({
    kind: 'settings',
    settings: { config: 'small', threads: '1' },
  });
});

test('a value that an option does not take is refused with those that it takes', () => {
  expect(readSettings(options, { config: 'huge' })).toEqual({
    kind: 'wrong',
    message: '--config is one of: small, tiny',
  });
});

test('the usage lists the values of each option', () => {
  expect(describeOptions(options)).toBe(' [--config small|tiny] [--threads 2|1]');
});

const counted = { workers: { least: 1, most: 240, usual: '9,18' } };

test('an option that is a number has its usual value, or any within its range', () => {
  expect(readSettings(counted, {})).toEqual({ kind: 'settings', settings: { workers: '9,18' } });
  expect(readSettings(counted, { workers: '72' })).toEqual({ kind: 'settings', settings: { workers: '72' } });
  expect(describeOptions(counted)).toBe(' [--workers N (9,18)]');
});

test.each(['0', '241', '9,18', '1e1', ''])('a number outside its range is refused: %j', (workers) => {
  const message = '--workers is a whole number, 1 to 240';
  expect(readSettings(counted, { workers })).toEqual({ kind: 'wrong', message });
});

test('an option that may be several numbers takes one or more, each within its range', () => {
  const listed = { workers: { ...counted.workers, isList: true } };
  for (const workers of ['72', '9,18,36']) {
    expect(readSettings(listed, { workers })).toEqual({ kind: 'settings', settings: { workers } });
  }
  const message = '--workers is a whole number, 1 to 240, or several with commas between them';
  for (const workers of ['9,', '9,241']) expect(readSettings(listed, { workers })).toEqual({ kind: 'wrong', message });
});
