/** Run by home-lock.test.ts in its own process: takes the lock and waits to be killed. */
import { lockHome } from '#main/core/home-lock.ts';

lockHome(process.argv[2] ?? '');
process.stdout.write('locked\n');
setInterval(() => undefined, 1_000);
