import { runProject } from './test/run-project.ts';

/** `npm run test:e2e -- ARGS`: the end-to-end tests alone; ARGS go to vitest. */
const { failed } = await runProject('e2e', process.argv.slice(2));
process.exitCode = failed === 0 ? 0 : 1;
