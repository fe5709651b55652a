import { runChecks } from './check/checks.ts';
import { runProject, type TestProject } from './test/run-project.ts';
import { sum, type Tally } from './test/tally.ts';

const tallies: Tally[] = [];

async function stage(name: string, run: () => Promise<Tally>): Promise<void> {
  console.log(`\n— ${name} —`);
  const startedMs = performance.now();
  tallies.push(await run());
  console.log(`${name}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
}

await stage('check', runChecks);
for (const project of ['unit', 'integration', 'e2e'] satisfies TestProject[]) {
  await stage(project, () => runProject(project));
}

const { passed, failed } = sum(tallies);
process.exitCode = failed === 0 ? 0 : 1;
console.log(`\n${passed} passed, ${failed} failed`);
