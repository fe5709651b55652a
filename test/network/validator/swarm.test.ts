import { HEADER_BYTES } from '#protocol/update/update-header.ts';
import { describe, expect, it } from 'vitest';
import type { CommittedCheckpoint } from '#protocol/chain/chain-client.ts';
import type { BlobHash } from '#protocol/ids.ts';
import { type Manifest, openManifest } from '#protocol/round/manifest.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { allEmissions } from '../../support/all-emissions.ts';
import { testKey } from '../../support/chain-fixtures.ts';
import { createSwarm } from '../../support/swarm.ts';
import { tensorSizes } from '../../support/round-fixtures.ts';

describe('a swarm of workers and a validator', () => {
  it('trains rounds whose roots agree everywhere, scores them and is paid by the scores', async () => {
    const swarm = await createSwarm();
    await swarm.startValidator();
    const workers = [await swarm.startWorker(0), await swarm.startWorker(1)];
    for (let round = 0; round < 4; round += 1) await swarm.playRound([0, 1]);

    expect(swarm.manifests).toHaveLength(4);
    const roots = swarm.manifests.map(({ stateRoot }) => stateRoot);
    for (const worker of workers) {
      expect(worker.rounds.map(({ stateRoot }) => stateRoot)).toEqual(roots);
      expect(worker.rounds.every(({ score }) => score !== null)).toBe(true);
      expect(worker.warnings).toEqual([]);
    }
    expect(Math.max(...workers.map(({ rounds }) => rounds[0]!.score ?? 0))).toBe(100);
    expect(swarm.manifests.at(-1)!.evalLoss).toBeLessThan(swarm.manifests[0]!.evalLoss);
    await swarm.chain.produceUntil(200); // the epoch that pays for round 4
    const balances = await Promise.all([0, 1].map((n) => swarm.chain.balance(coldkeyOf(testKey(40 + n)))));
    expect(balances.reduce((sum, balance) => sum + balance, 0n)).toBeGreaterThan(0n);
    for (const [n, balance] of balances.entries()) {
      const paid = await allEmissions(swarm.chain, 0, hotkeyOf(testKey(20 + n)));
      expect(paid.reduce((sum, { amountRao }) => sum + amountRao, 0n)).toBe(balance);
    }
  });
});

describe('when something breaks', () => {
  it('every member makes the very same checkpoint, and a late one does without the one that all have lost', async () => {
    const swarm = await createSwarm();
    const made: CommittedCheckpoint[] = [];
    for (const member of ['of the validator', '0', '1']) {
      swarm.events.on(`checkpoint ${member}`, (checkpoint: CommittedCheckpoint) => made.push(checkpoint));
    }
    await swarm.startValidator();
    await swarm.startWorker(0);
    await swarm.startWorker(1);
    for (let round = 0; round < 5; round += 1) await swarm.playRound([0, 1]);
    const roots = swarm.manifests.map(({ stateRoot }) => stateRoot);
    const ofStep = (step: number) => made.filter((checkpoint) => checkpoint.step === step);
    for (const step of [2, 4]) {
      expect(ofStep(step)).toHaveLength(3);
      expect(new Set(ofStep(step).map(({ index }) => index)).size).toBe(1);
      expect(ofStep(step)[0]!.stateRoot).toBe(roots[step - 1]);
    }

    swarm.blobs.delete(ofStep(4)[0]!.index);
    const late = await swarm.startWorker(2);
    await swarm.playRound([0, 1, 2]);
    expect(late.rounds.map(({ stateRoot }) => stateRoot)).toEqual([swarm.manifests.at(-1)!.stateRoot]);
    expect(late.activities).toContainEqual({ kind: 'catching-up', detail: 'loading the checkpoint of step 2' });
  });

  it('a late worker waits and says why when a round is gone, until a checkpoint stands in for it', async () => {
    const swarm = await createSwarm();
    await swarm.startValidator();
    await swarm.startWorker(0);
    for (let round = 0; round < 3; round += 1) await swarm.playRound([0]);
    swarm.blobs.delete(manifestOf(swarm.blobs, 3).entries[0]!.blob);
    const late = await swarm.startWorker(1);
    await swarm.playRound([0]);
    expect(late.warnings.at(-1)).toMatch(/^Cannot reach round 4 yet\. .*Round 3 cannot be made again\./);
    expect(late.rounds).toEqual([]);
    await swarm.playRound([0]); // its manifest points to the checkpoint of step 4
    await swarm.playRound([0, 1]);
    expect(late.rounds.at(-1)!.stateRoot).toBe(swarm.manifests.at(-1)!.stateRoot);
  });

  it('a late worker catches up from the checkpoint to the very same state', async () => {
    const swarm = await createSwarm();
    await swarm.startValidator();
    await swarm.startWorker(0);
    for (let round = 0; round < 4; round += 1) await swarm.playRound([0]);
    const late = await swarm.startWorker(1);
    await swarm.playRound([0, 1]);
    expect(late.rounds.map(({ stateRoot }) => stateRoot)).toEqual([swarm.manifests.at(-1)!.stateRoot]);
    expect(late.activities).toContainEqual({ kind: 'catching-up', detail: 'loading the checkpoint of step 2' });
    expect(late.activities).toContainEqual({ kind: 'catching-up', detail: 'applying round 4' });
  });

  it('a late worker catches up with outer momentum and a falling rate too, which the checkpoint and the step carry', async () => {
    const learningRates = [
      { fromStep: 0, rate: 1 },
      { fromStep: 3, rate: 0.5 },
    ];
    const swarm = await createSwarm({ outer: { mean: 'all', momentum: 0.5, learningRates } });
    await swarm.startValidator();
    const early = await swarm.startWorker(0);
    for (let round = 0; round < 4; round += 1) await swarm.playRound([0]);
    const late = await swarm.startWorker(1);
    await swarm.playRound([0, 1]);
    const roots = swarm.manifests.map(({ stateRoot }) => stateRoot);
    expect(early.rounds.map(({ stateRoot }) => stateRoot)).toEqual(roots);
    expect(late.rounds.map(({ stateRoot }) => stateRoot)).toEqual(roots.slice(-1));
    expect(late.activities).toContainEqual({ kind: 'catching-up', detail: 'loading the checkpoint of step 2' });
  });

  it('a worker whose state differs from the manifest stops and names both roots', async () => {
    const swarm = await createSwarm();
    await swarm.startValidator();
    await swarm.startWorker(0);
    // Worker 1 reads every update with a level of the other sign, as bad memory would.
    const broken = await swarm.startWorker(1, (_, bytes) => (isUpdate(bytes) ? withOneBitFlipped(bytes) : bytes));
    await swarm.playRound([0]);
    await expect(broken.done).rejects.toMatchObject({ code: 'DIVERGED' });
    const manifest = swarm.manifests.at(-1)!;
    const last = broken.activities.at(-1);
    expect(last).toMatchObject({ kind: 'diverged', round: manifest.round, expectedRoot: manifest.stateRoot });
    expect(last?.kind === 'diverged' && last.actualRoot).not.toBe(manifest.stateRoot);
  });

  it('a round without a validator ends without a score, and training goes on when there is one again', async () => {
    const swarm = await createSwarm();
    const first = await swarm.startValidator();
    const worker = await swarm.startWorker(0);
    await swarm.playRound([0]);
    first.stop();
    await first.done;
    await swarm.loseRound([0]);
    expect(worker.rounds.at(-1)).toMatchObject({ round: 2, score: null, stateRoot: null });
    expect(worker.rounds.at(-1)!.scoreReason).toMatch(/could not be reached: Nobody listens/);

    await swarm.startValidator();
    await swarm.playRound([0]);
    expect(worker.rounds.at(-1)!.stateRoot).toBe(swarm.manifests.at(-1)!.stateRoot);
    expect(swarm.manifests.map(({ round }) => round)).toEqual([1, 4]);
  });
});

function manifestOf(blobs: ReadonlyMap<BlobHash, Uint8Array>, round: number): Manifest {
  for (const bytes of blobs.values()) {
    try {
      const { manifest } = openManifest(bytes);
      if (manifest.round === round) return manifest;
    } catch {
      // Another kind of blob.
    }
  }
  throw new RangeError(`Round ${round} has no manifest`);
}

const isUpdate = (bytes: Uint8Array): boolean => new TextDecoder().decode(bytes.subarray(0, 4)) === 'MRUP';

function withOneBitFlipped(update: Uint8Array): Uint8Array {
  const copy = update.slice();
  // The sign of the first part's first level: nothing in the update contradicts it.
  copy[HEADER_BYTES + 4 * tensorSizes.length + 8 + 3]! ^= 0x80;
  return copy;
}
