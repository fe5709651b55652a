// @ts-check
// A process of its own for foreground.test.ts, which sends it signals: runs the JavaScript of its first argument.
import { runInForeground } from '../../../scripts/setup/foreground.mjs';

const [script = '', graceMs] = process.argv.slice(2);
process.exitCode = await runInForeground(process.execPath, ['-e', script], { graceMs: Number(graceMs) });
