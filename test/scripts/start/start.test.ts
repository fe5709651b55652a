import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const ENTRY = join(import.meta.dirname, '../../../scripts/start.mjs');

test('npm start ends with 2 at a flag that nobody knows, before it sets anything up', () => {
  const env = { ...process.env, DISPLAY: ':0' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, '--hom', 'x'], { env, encoding: 'utf8' });
  expect({ status, stdout, stderr }).toEqual({
    status: 2,
    stdout: '',
    stderr: 'millrace: Unknown option --hom. See npm start -- --help\n',
  });
});
