import { ESLint } from 'eslint';
import { describe, expect, test } from 'vitest';
import { root } from '../../../scripts/build/stale.ts';

/** The repository's own configuration, reduced to the two rules, so that it needs no types and reads no file. */
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ['no-restricted-imports', 'no-restricted-syntax'].includes(ruleId),
});

const complaints = (filePath: string, specifier: string): Promise<string[]> =>
  complaintsAbout(filePath, `import { x } from '${specifier}';\nexport const y = x;\n`);

async function complaintsAbout(filePath: string, text: string): Promise<string[]> {
  const results = await eslint.lintText(text, { filePath });
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

describe('a dynamic import is judged like any other', () => {
  test.each([
    ['src-worker/x.ts', '#main/core/app.ts', 1],
    ['src-main/core/x.ts', '#worker/main.ts', 1],
    ['src-main/electron/x.ts', '#worker/main.ts', 1],
    ['src-main/headless/x.ts', 'electron', 1],
    ['src-renderer/x.tsx', 'node:fs', 1],
    ['src-worker/x.ts', '../src-main/core/app.ts', 1],
    ['src-worker/x.ts', '#protocol/ids.ts', 0],
    ['src-main/electron/x.ts', 'electron', 0],
  ])('%s ← import(%s)', async (filePath, specifier, count) => {
    expect(await complaintsAbout(filePath, `export const y = import('${specifier}');\n`)).toHaveLength(count);
  });

  test.each(['src-worker/x.ts', 'src-main/core/x.ts', 'scripts/x.ts'])('%s has no default export', async (filePath) => {
    expect(await complaintsAbout(filePath, 'export default 1;\n')).toEqual(['Use named exports.']);
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
