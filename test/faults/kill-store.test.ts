import { it } from 'vitest';
import { killStore } from '../support/kill-store.ts';

/** As many as one likes: `MILLRACE_KILLS=200 npx vitest run --project integration test/faults/kill-store.test.ts`. */
const KILLS = Number(process.env['MILLRACE_KILLS'] ?? 25);

it(
  'a store survives being killed again and again, at other instants each time',
  async () => {
    await killStore(KILLS);
  },
  KILLS * 10_000,
);
