import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ENTRY = join(import.meta.dirname, '../../../scripts/start.mjs');
const TEST_ENTRY = join(import.meta.dirname, '../../../scripts/test.mjs');

test('npm start ends with 2 at a flag that nobody knows, before it sets anything up', () => {
  const env = { ...process.env, DISPLAY: ':0' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, '--hom', 'x'], { env, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: 'millrace: Unknown option --hom. See npm start -- --help\n',
  });
});

test('npm test tells its help, and how a part is tested, before it sets anything up or tests anything', () => {
  const run = (...args: readonly string[]) => spawnSync(process.execPath, [TEST_ENTRY, ...args], { encoding: 'utf8' });
  for (const flag of ['--help', '-h']) {
    const { status, stdout, stderr } = run(flag);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('npm exec -- vitest run --project unit');
  }
});
