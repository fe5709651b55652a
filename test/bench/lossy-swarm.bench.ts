import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import * as v from 'valibot';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { LossyLinks } from './support/lossy-links.ts';

export const options = {
  workers: { least: 1, most: 64, usual: '8' },
  rounds: { least: 1, most: 1000, usual: '5' },
  'block-ms': { least: 100, most: 60_000, usual: '2000' },
} as const;

/** As the faults of docs/FAULTS.md have it. */
const LINKS = { lossPercent: 5, delayMs: 300 };
const LEAST_MERGED = 0.9;

const ofSwarm = v.looseObject({
  ...{ rounds: v.number(), completed: v.number(), mostRoots: v.number(), failed: v.number() },
  ...{ sentInTime: v.number(), lost: v.number(), merged: v.number(), manifestSeconds: v.nullable(v.number()) },
});
const report = v.object({ rows: v.tuple([ofSwarm]) });

/**
 * The swarm of `swarm`, chain and all, once over loopback and once over links that lose a twentieth of the packets and need 300 ms
 * each way: does every round end, and what does it cost the workers?
 */
export async function run(settings: Readonly<Record<keyof typeof options, string>>): Promise<BenchResult> {
  const bench = join(import.meta.dirname, '../../scripts/bench.ts');
  const given = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const program = [process.execPath, bench, 'swarm', ...given, '--json'];
  const links = await LossyLinks.create(LINKS);
  try {
    const clean = await play(program);
    const lossy = await play(['ip', ...links.command(program)]);
    const { completed, rounds, mostRoots, failed } = lossy;
    const share = lossy.merged / clean.merged;
    return {
      runs: 1,
      rows: [
        { name: 'loopback', ...figures(clean) },
        { name: `${LINKS.lossPercent} % lost, ${LINKS.delayMs} ms each way`, ...figures(lossy) },
      ],
      verdicts: [
        { name: 'rounds completed', value: completed, goal: `= ${rounds}`, ok: completed === rounds },
        { name: 'roots in a round, at most', value: mostRoots, goal: '= 1', ok: mostRoots === 1 },
        { name: 'members that failed', value: failed, goal: '= 0', ok: failed === 0 },
        { name: 'updates merged ÷ loopback', value: share, goal: `>= ${LEAST_MERGED}`, ok: share >= LEAST_MERGED },
      ],
    };
  } finally {
    await links.close();
  }
}

type SwarmFigures = v.InferOutput<typeof ofSwarm>;

const figures = ({ rounds, completed, sentInTime, lost, merged, manifestSeconds }: SwarmFigures) => ({
  ...{ rounds, completed, sentInTime, lost, merged },
  manifestSeconds: manifestSeconds ?? Number.NaN,
});

async function play([command = '', ...args]: readonly string[]): Promise<SwarmFigures> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = (await text(child.stdout)).trim().split('\n');
  return v.parse(report, JSON.parse(lines.at(-1) ?? '')).rows[0];
}
