import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../build/stale.ts';
import { toolPath } from '../check/run-tool.ts';
import { tally, type Tally } from './tally.ts';
import { withDisplay } from './with-display.ts';

export type TestProject = 'unit' | 'integration' | 'e2e';

/** Runs the tests of one vitest project, shows their output, and counts them. The e2e project gets a screen. */
export async function runProject(project: TestProject, extraArgs: ReadonlyArray<string> = []): Promise<Tally> {
  const reportFile = join(root, '.cache', `vitest-${project}.json`);
  mkdirSync(join(root, '.cache'), { recursive: true });
  rmSync(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = [process.execPath, toolPath('vitest'), 'run', '--project', project, ...reporters, ...extraArgs];
  const exitedWell = await runShown(project === 'e2e' ? withDisplay(vitest, process.platform, process.env) : vitest);
  return tally(readReport(reportFile), exitedWell);
}

function runShown([command = '', ...args]: ReadonlyArray<string>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', reject);
    child.on('close', (code) => resolve(code === 0));
  });
}

function readReport(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
