import { beforeAll, describe, expect, it } from 'vitest';
import { type Row, runFaults } from '../support/faults/run-faults.ts';
import { late } from './table/absent-workers.ts';
import { notANumber } from './table/bad-bytes.ts';
import { reorganised } from './table/chain.ts';
import { copied } from './table/copycats.ts';
import { wrongBase } from './table/misplaced-updates.ts';
import { scaledUp } from './table/poison.ts';
import { leadLying, leadWithholding } from './table/validators.ts';

/** Some rows of `npm run faults`, as short as they can be: one of each kind of culprit. */
const faults = [late, notANumber, wrongBase, copied, scaledUp, leadLying, leadWithholding, reorganised];
const ROUNDS = 8;

describe('a run in which something goes wrong, beside the same run without', () => {
  const rows = new Map<string, Row>();

  beforeAll(async () => {
    for await (const row of runFaults(faults, { rounds: ROUNDS, onProgress: () => undefined })) rows.set(row.name, row);
  }, 300_000);

  it.each(faults.map(({ name }) => name))('%s: it happened, and nobody pays for it but who did it', (name) => {
    const row = rows.get(name);
    if (row?.kind !== 'run') throw new Error(`${name} was not run`);
    expect(row.fired).not.toBeNull();
    expect(row.judged.filter(({ ok }) => !ok)).toEqual([]);
  });
});
