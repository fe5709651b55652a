import { root } from '../build/stale.ts';
import { staleWasm } from '../build/wasm.ts';
import { runTool, type ToolResult } from './run-tool.ts';
import { overBudget, readSources } from './size-budget.ts';

interface Check {
  readonly name: string;
  readonly run: () => Promise<ToolResult>;
}

const checks: ReadonlyArray<Check> = [
  { name: 'lint', run: () => runTool('eslint', ['--max-warnings', '0', '.']) },
  { name: 'types', run: () => runTool('tsc', ['--noEmit']) },
  { name: 'format', run: () => runTool('prettier', ['--check', '--log-level', 'warn', '.']) },
  { name: 'dead code', run: () => runTool('knip', ['--no-progress']) },
  { name: 'size budget', run: checkSizes },
  { name: 'wasm', run: checkWasm },
];

function checkSizes(): Promise<ToolResult> {
  const complaints = overBudget(readSources(root));
  return Promise.resolve({ ok: complaints.length === 0, output: complaints.join('\n') });
}

async function checkWasm(): Promise<ToolResult> {
  const stale = await staleWasm();
  return { ok: stale.length === 0, output: stale.map((path) => `${path} is stale: npm run wasm`).join('\n') };
}

/** Runs all checks, two at a time, and prints one line for each with its time, and what it found when it fails. */
export async function runChecks(): Promise<{ readonly passed: number; readonly failed: number }> {
  const waiting = [...checks];
  let failed = 0;
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const startedMs = performance.now();
      const { ok, output } = await check.run();
      const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
      console.log(`${ok ? 'ok  ' : 'FAIL'}  ${check.name.padEnd(12)} ${seconds.padStart(5)} s`);
      if (!ok) {
        failed += 1;
        console.log(output);
      }
    }
  };
  await Promise.all([work(), work()]);
  return { passed: checks.length - failed, failed };
}
