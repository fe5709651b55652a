import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from '../build/stale.ts';

/** The script of each tool inside its package: run by our own Node, it needs neither a shell nor a PATH. */
const tools = {
  prettier: 'prettier/bin/prettier.cjs',
  eslint: 'eslint/bin/eslint.js',
  tsc: 'typescript/bin/tsc',
  knip: 'knip/bin/knip.js',
  vitest: 'vitest/vitest.mjs',
} as const;

export type Tool = keyof typeof tools;

export function toolPath(tool: Tool): string {
  return join(root, 'node_modules', tools[tool]);
}

export interface ToolResult {
  readonly ok: boolean;
  /** stdout and stderr in the order in which they came. */
  readonly output: string;
}

/** Runs a tool to its end and keeps what it prints. */
export function runTool(tool: Tool, args: ReadonlyArray<string>): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [toolPath(tool), ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ ok: code === 0, output: Buffer.concat(chunks).toString().trim() }));
  });
}
