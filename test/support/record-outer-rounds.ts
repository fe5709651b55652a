/** `node test/support/record-outer-rounds.ts` writes test/fixtures/outer-rounds.json: only after a change of the formulas. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { playRecordedRuns } from './recorded-run.ts';

const file = join(import.meta.dirname, '../fixtures/outer-rounds.json');
writeFileSync(file, `${JSON.stringify(playRecordedRuns(), null, 2)}\n`);
