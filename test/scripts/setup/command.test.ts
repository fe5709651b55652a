import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test, vi } from 'vitest';
import { temporaryHome } from '../../main/temporary-home.ts';

const COMMAND_MODULE = pathToFileURL(join(import.meta.dirname, '../../../scripts/setup/command.mjs')).href;

test('what a stopped script had started is stopped with it', { timeout: 60_000 }, async () => {
  const pidFile = join(temporaryHome(), 'pid');
  const child = `require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000);`;
  const script = `import { capture } from ${JSON.stringify(COMMAND_MODULE)};
    await capture(process.execPath, ['-e', ${JSON.stringify(child)}], { timeoutMs: 50_000 });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  await vi.waitFor(() => expect(existsSync(pidFile) && readFileSync(pidFile, 'utf8')).toMatch(/^\d+$/), {
    timeout: 30_000,
  });
  const pid = Number(readFileSync(pidFile, 'utf8'));
  parent.kill('SIGTERM');
  expect((await once(parent, 'exit'))[1]).toBe('SIGTERM');
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
