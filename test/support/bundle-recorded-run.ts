import { join } from 'node:path';
import { build } from 'esbuild';
import { root } from '../../scripts/build/stale.ts';

/**
 * The recorded runs and all that they use as one plain script, which leaves `recordedRun` behind: for whatever runs JavaScript but
 * no TypeScript.
 */
export async function bundleRecordedRun(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/support/recorded-run.ts')],
    absWorkingDir: root,
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'recordedRun',
    platform: 'browser',
    target: 'chrome130',
  });
  return outputFiles[0]?.text ?? '';
}
