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
