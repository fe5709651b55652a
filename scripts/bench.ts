import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { errorMessage } from '#protocol/errors.ts';
import { BenchResultSchema, describeResult } from './bench/report.ts';
import { root } from './build/stale.ts';

/** `npm run bench -- NAME [--json]`: runs test/bench/NAME.bench.ts. It measures and never asserts. */
const folder = join(root, 'test/bench');
const suffix = '.bench.ts';
const names = readdirSync(folder).flatMap((file) => (file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : []));

const usage = `Usage: npm run bench -- NAME [--json]\nNAME is one of: ${names.join(', ')}\n`;

const { values, positionals, unknown } = readArguments();
const [name] = positionals;

if (values.help) {
  process.stdout.write(usage);
} else if (unknown !== null || name === undefined || !names.includes(name)) {
  process.stderr.write(`${unknown ?? `There is no bench ${name ?? 'without a name'}`}\n${usage}`);
  process.exitCode = 2;
} else {
  const bench = (await import(join(folder, `${name}${suffix}`))) as { readonly run: () => Promise<unknown> };
  const result = v.parse(BenchResultSchema, await bench.run());
  const line = values.json ? JSON.stringify({ bench: name, machine: machine(), ...result }) : describeResult(result);
  process.stdout.write(`${line}\n`);
}

function readArguments(): {
  readonly values: { readonly json?: boolean; readonly help?: boolean };
  readonly positionals: readonly string[];
  readonly unknown: string | null;
} {
  const options = { json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return { ...parseArgs({ options, allowPositionals: true }), unknown: null };
  } catch (error) {
    return { values: {}, positionals: [], unknown: errorMessage(error) };
  }
}

function machine(): object {
  const processors = cpus();
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout;
  return {
    cpu: processors[0]?.model ?? 'unknown',
    cores: processors.length,
    node: process.versions.node,
    // Without git, or in a copy without its history.
    commit: commit ? commit.trim() : null,
  };
}
