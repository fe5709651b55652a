import { expect, test } from 'vitest';
import { withDisplay } from '../../../scripts/test/with-display.ts';

test('uses the screen that is there', () => {
  expect(withDisplay(['vitest', 'run'], 'linux', { DISPLAY: ':0' })).toEqual(['vitest', 'run']);
  expect(withDisplay(['vitest', 'run'], 'darwin', {})).toEqual(['vitest', 'run']);
});

test('brings a screen in memory to a Linux machine without one', () => {
  const [first, ...rest] = withDisplay(['vitest', 'run'], 'linux', {});
  expect(first).toBe('xvfb-run');
  expect(rest.slice(-2)).toEqual(['vitest', 'run']);
});
