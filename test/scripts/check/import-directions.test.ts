import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import { root } from '../../../scripts/build/stale.ts';

/** The repository's own configuration, reduced to the one rule, so that it needs no types and reads no file. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
});

async function complaints(filePath: string, specifier: string): Promise<string[]> {
  const results = await eslint.lintText(`import { x } from '${specifier}';\nexport const y = x;\n`, { filePath });
  return results.flatMap(({ messages }) => messages.map(({ message }) => message));
}

describe('a forbidden import fails lint', () => {
  test.each([
    ['src-worker/x.ts', '#main/core/app.ts'],
    ['src-worker/x.ts', '#network/chain/main.ts'],
    ['src-worker/x.ts', 'electron'],
    ['src-network/x.ts', '#main/core/app.ts'],
    ['src-main/core/x.ts', '#worker/main.ts'],
    ['src-main/electron/x.ts', '#worker/main.ts'],
    ['src-main/core/x.ts', 'electron'],
    ['src-main/headless/x.ts', '#main/electron/main.ts'],
    ['src-renderer/x.tsx', '#main/core/app.ts'],
    ['src-renderer/x.tsx', 'node:fs'],
    ['src-protocol/x.ts', '#worker/main.ts'],
    ['src-protocol/x.ts', 'node:fs'],
    ['src-worker/x.ts', '../src-main/core/app.ts'],
  ])('%s ← %s', async (filePath, specifier) => {
    expect(await complaints(filePath, specifier)).toHaveLength(1);
  });
});

describe('a permitted import passes', () => {
  test.each([
    ['src-worker/x.ts', '#protocol/ids.ts'],
    ['src-network/x.ts', '#worker/run-worker.ts'],
    ['src-network/x.ts', '#protocol/ids.ts'],
    ['src-main/core/x.ts', '#protocol/ids.ts'],
    ['src-main/electron/x.ts', 'electron'],
    ['src-renderer/x.tsx', '#protocol/contract/state.ts'],
    ['src-worker/x.ts', 'node:fs'],
  ])('%s ← %s', async (filePath, specifier) => {
    expect(await complaints(filePath, specifier)).toEqual([]);
  });
});
