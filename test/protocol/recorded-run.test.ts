import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeSha256 } from '#worker/run/native-sha256.ts';
import recorded from '../fixtures/outer-rounds.json' with { type: 'json' };
import { bundleRecordedRun } from '../support/bundle-recorded-run.ts';
import { playRecordedRuns } from '../support/recorded-run.ts';

/** Electron and its page give them too: test/e2e/recorded-run.test.ts. */
describe('twenty recorded rounds of sixteen peers give the recorded roots', () => {
  it.each([
    ['native', nativeSha256],
    ['portable', undefined],
  ])('here, with %s hashing', (_, createSha256) => {
    expect(Object.values(recorded).map(({ length }) => length)).toEqual([20, 20, 20, 20]);
    expect(playRecordedRuns(createSha256)).toEqual(recorded);
  });

  describe('under V8’s', () => {
    let folder: string;
    let script: string;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'millrace-recorded-run-'));
      script = join(folder, 'recorded-run.cjs');
      // Without a compiler the portable hash would take minutes; it is not what is tried here.
      const hash = `() => require('node:crypto').createHash('sha256')`;
      const print = `console.log(JSON.stringify(recordedRun.playRecordedRuns(${hash})))`;
      await writeFile(script, `${await bundleRecordedRun()}\n${print}\n`);
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it.each([
      ['interpreter', ['--jitless']],
      ['tiers below the last, compiled late', ['--max-lazy', '--no-opt']],
      ['baseline compiler', ['--always-sparkplug', '--no-maglev', '--no-turbofan']],
      ['middle tier', ['--maglev', '--no-turbofan']],
      ['last tier, from the first call on', ['--always-turbofan']],
      ['builtins without shortcuts, entered in the middle of loops', ['--force-slow-path', '--always-osr']],
      ['code for old processors, without AVX and fused multiply-add', ['--no-enable-avx', '--no-enable-fma3']],
      ['profiler', ['--cpu-prof']],
    ])(
      '%s',
      async (_, flags) => {
        const { stdout } = await promisify(execFile)(process.execPath, [...flags, script], { cwd: folder });
        expect(JSON.parse(stdout)).toEqual(recorded);
      },
      120_000,
    );
  });
});
