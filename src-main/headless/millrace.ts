#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { dispatch } from './dispatch.ts';
import { watchInterruption } from './interruption.ts';

/** Entry of the `millrace` command (dist/millrace.js). */
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };

const code = await dispatch({
  args: process.argv.slice(2),
  version: manifest.version,
  dist: import.meta.dirname,
  interruption: watchInterruption,
});
process.exitCode = code;
// Everything is closed by now. Should something still hold the process, it must not stay: this timer alone keeps nothing alive.
setTimeout(() => process.exit(code), 2_000).unref();
