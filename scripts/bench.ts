import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as v from 'valibot';
import { errorMessage } from '#protocol/errors.ts';
import { describeOptions, readSettings, type BenchOptions } from './bench/options.ts';
import { BenchResultSchema, describeResult } from './bench/report.ts';
import { root } from './build/stale.ts';

/** `npm run bench -- NAME [--json]`: runs test/bench/NAME.bench.ts. It measures and never asserts. */
const folder = join(root, 'test/bench');
const suffix = '.bench.ts';
const names = readdirSync(folder).flatMap((file) => (file.endsWith(suffix) ? [file.slice(0, -suffix.length)] : []));

interface Bench {
  readonly run: (settings: Readonly<Record<string, string>>) => Promise<unknown>;
  readonly options?: BenchOptions;
}

const [name] = parseArgs({ strict: false }).positionals;
const bench = name !== undefined && names.includes(name) ? await load(name) : null;
const options = bench?.options ?? {};
const { values, unknown } = readArguments();
const usage =
  bench === null
    ? `Usage: npm run bench -- NAME [--json]\nNAME is one of: ${names.join(', ')}\n`
    : `Usage: npm run bench -- ${name}${describeOptions(options)} [--json]\n`;
const chosen = readSettings(options, values);

if (values['help']) {
  process.stdout.write(usage);
} else if (unknown !== null || bench === null) {
  fail(unknown ?? `There is no bench ${name ?? 'without a name'}`);
} else if (chosen.kind === 'wrong') {
  fail(chosen.message);
} else {
  const result = v.parse(BenchResultSchema, await bench.run(chosen.settings));
  const line = values['json'] ? JSON.stringify({ bench: name, machine: machine(), ...result }) : describeResult(result);
  process.stdout.write(`${line}\n`);
}

async function load(known: string): Promise<Bench> {
  return (await import(join(folder, `${known}${suffix}`))) as Bench;
}

function fail(why: string): void {
  process.stderr.write(`${why}\n${usage}`);
  process.exitCode = 2;
}

function readArguments(): { readonly values: Readonly<Record<string, unknown>>; readonly unknown: string | null } {
  const own = Object.fromEntries(Object.keys(options).map((key) => [key, { type: 'string' as const }]));
  const all = { ...own, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const;
  try {
    return { values: parseArgs({ options: all, allowPositionals: true }).values, unknown: null };
  } catch (error) {
    return { values: {}, unknown: errorMessage(error) };
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
