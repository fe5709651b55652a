import { afterAll, beforeAll, expect, it } from 'vitest';
import { startChain, wantedChain } from '../../../support/interop/chain.ts';
import { MONEY_CASES, PROXY_CASES } from '../../../support/interop/money-cases.ts';
import { AXON_CASES, COMMITMENT_CASES, REGISTRATION_CASES, STAKE_CASES, WEIGHT_CASES } from '../../../support/interop/neuron-cases.ts';
import { Scene } from '../../../support/interop/scene.ts';

const CASES = [...MONEY_CASES, ...REGISTRATION_CASES, ...AXON_CASES, ...WEIGHT_CASES, ...COMMITMENT_CASES, ...STAKE_CASES, ...PROXY_CASES];
let scene: Scene;
beforeAll(async () => {
  scene = new Scene(await startChain());
  await scene.begin();
}, 120_000);
afterAll(async () => { await scene?.chain.close(); });
import { appendFileSync } from 'node:fs';
it.each(CASES)('$name', async (each) => {
  const o = await scene.run(each).catch((e) => ({ crash: String(e.stack) }));
  appendFileSync(`/tmp/chop/out-${wantedChain()}.txt`, `## ${each.name}\n${JSON.stringify(o, null, 1)}\n`);
}, 60_000);
