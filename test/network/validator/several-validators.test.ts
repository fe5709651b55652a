import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { StateRoot } from '#protocol/ids.ts';
import type { Manifest } from '#protocol/round/manifest.ts';
import { createSwarm } from '../../support/swarm.ts';

const wrongRoot = (manifest: Manifest): Manifest => ({ ...manifest, stateRoot: '0f'.repeat(32) as StateRoot });
const leavesOut = (manifest: Manifest): Manifest => ({ ...manifest, entries: [] });

describe('several validators', () => {
  it('settle on the manifest of the lead, and each sets its own weights', async () => {
    const swarm = await createSwarm({ stakes: [40, 35, 25] });
    const validators = [];
    for (const n of [0, 1, 2]) validators.push(await swarm.startValidator(n));
    const worker = await swarm.startWorker(0);
    await swarm.playRound([0]);
    await swarm.playRound([0]);
    const roots = swarm.manifests.map(({ stateRoot }) => stateRoot);
    expect(roots).toHaveLength(2);
    for (const { manifests } of validators) expect(manifests.map(({ stateRoot }) => stateRoot)).toEqual(roots);
    expect(worker.rounds.map(({ stateRoot }) => stateRoot)).toEqual(roots);
    expect(swarm.chain.node.tip().state.weights.size).toBe(3);
  });

  it('go on in the same round without the lead when that is gone', async () => {
    const swarm = await createSwarm({ stakes: [40, 35, 25] });
    await swarm.startValidator(1);
    const third = await swarm.startValidator(2);
    const worker = await swarm.startWorker(0);
    await swarm.playRound([0], { turn: 1 });
    await swarm.playRound([0]); // it was silent: nobody waits for its turn again
    expect(worker.rounds.map(({ round }) => round)).toEqual([1, 2]);
    expect(worker.rounds.map(({ stateRoot }) => stateRoot)).toEqual(third.manifests.map(({ stateRoot }) => stateRoot));
    expect(worker.rounds.every(({ score }) => score !== null)).toBe(true);
  });

  it.each([
    ['a false state root, however much stake it has', [90, 6, 4], wrongRoot, /its state root is 0f0f/, true],
    ['a selection that leaves out good updates', [40, 35, 25], leavesOut, /it leaves out . of . good updates/, false],
  ])('refuse a lead that signs %s, and the next one leads', async (_, stakes, lie, why, toTheEnd) => {
    const swarm = await createSwarm({ stakes });
    await swarm.startValidator(0, lie);
    const others = [await swarm.startValidator(1), await swarm.startValidator(2)];
    const workers = [await swarm.startWorker(0), await swarm.startWorker(1)];
    const refusals = others.map(({ logged }) => logged(why));
    const adopted = Promise.all([1, 2].map((n) => once(swarm.events, `manifest ${n}`)));
    await swarm.playRound([0, 1], { without: [0], turn: 1, once: Promise.all(refusals), toTheEnd });
    await adopted;
    const [root] = others[0]!.manifests.map(({ stateRoot }) => stateRoot);
    expect(others[1]!.manifests.map(({ stateRoot }) => stateRoot)).toEqual([root]);
    for (const { rounds } of workers) expect(rounds.map(({ stateRoot }) => stateRoot)).toEqual([root]);
  });
});
