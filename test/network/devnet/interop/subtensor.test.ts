import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startChain, wantedChain } from '../../../support/interop/chain.ts';
import { CHILD_CASES } from '../../../support/interop/child-cases.ts';
import { CHOPSTICKS_HELP, findChopsticks } from '../../../support/interop/chopsticks.ts';
import { differencesTable } from '../../../support/interop/differences-table.ts';
import { MONEY_CASES, PROXY_CASES } from '../../../support/interop/money-cases.ts';
import {
  AXON_CASES,
  COMMITMENT_CASES,
  REGISTRATION_CASES,
  STAKE_CASES,
  WEIGHT_CASES,
} from '../../../support/interop/neuron-cases.ts';
import { expectedLines, linesOf } from '../../../support/interop/outcome-lines.ts';
import { Scene } from '../../../support/interop/scene.ts';

/**
 * The same calls on the devnet and, when the environment asks for it, on a real runtime: `SUBTENSOR_SPEC=FILE` with chopsticks,
 * `SUBTENSOR_URL=ws://…` on a node. See docs/CHAIN.md.
 */
const kind = wantedChain();
const isMissing = kind === 'chopsticks' && findChopsticks() === null;
/** A block of a real node may take 12 s; chopsticks executes two of WebAssembly for each call. */
const TIMEOUT_MS = kind === 'devnet' ? 20_000 : 120_000;

// One after the other: each goes on where the one before has left the chain.
const CASES = [
  ...[...MONEY_CASES, ...REGISTRATION_CASES, ...AXON_CASES, ...WEIGHT_CASES],
  ...[...COMMITMENT_CASES, ...STAKE_CASES, ...PROXY_CASES, ...CHILD_CASES],
];

describe.skipIf(isMissing)(`on ${kind}`, () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = new Scene(await startChain());
    await scene.begin();
  }, 120_000);
  afterAll(async () => {
    await scene.chain.close();
  });

  it.each(CASES)(
    '$name ends as on the devnet, or differs as docs/CHAIN.md says',
    async (each) => {
      const outcome = await scene.run(each);
      const lines = expectedLines(each.name, scene.specVersion).map(scene.withNumbers);
      const isKnown = (line: string): boolean => outcome.storage !== null || !line.startsWith('storage ');
      expect(linesOf(outcome), outcome.why).toEqual(lines.filter(isKnown));
    },
    TIMEOUT_MS,
  );
});

it.runIf(isMissing)('chopsticks is not installed', ({ skip }) => {
  skip(CHOPSTICKS_HELP);
});

it('docs/CHAIN.md has the table of the differences', () => {
  expect(readFileSync('docs/CHAIN.md', 'utf8')).toContain(differencesTable());
});
