/** Ends like a process whose driver crashes while a provider is tried: a program for trial-marks.test.ts. */
import type { Provider } from '#worker/engine/providers.ts';
import { TrialMarks } from '#worker/engine/trial-marks.ts';

const [path = '', provider = ''] = process.argv.slice(2);
const marks = await TrialMarks.open(path, '1.30.0');
await marks.during(provider as Provider, new AbortController().signal, () => {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
});
