import { it } from 'vitest';
import { killStore } from '../../support/kill-store.ts';

it('a store whose process is killed while it puts and fetches has every blob that it told of, and no broken one', async () => {
  await killStore(6);
}, 60_000);
