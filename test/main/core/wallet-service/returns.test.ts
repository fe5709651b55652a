import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gainPpm, readPastValues, readValues } from '#main/core/wallet-service/read-returns.ts';
import { atNewest } from '#main/core/staking/chain-reads.ts';
import { rao } from '#protocol/units.ts';
import { NETUID } from '../../../support/devnet-calls.ts';
import { type StakingScene, startStakingScene } from '../staking/staking-scene.ts';

const TAO = 1_000_000_000n;
const value = (numerator: bigint, denominator: bigint) => ({ perShare: { numerator, denominator }, take: 0 });

describe('what a staker has gained', () => {
  it('is how much more a share is worth', () => {
    expect(gainPpm(value(103n, 100n), value(100n, 100n))).toBe(30_000);
    expect(gainPpm(value(206n, 200n), value(50n, 50n))).toBe(30_000);
    expect(gainPpm(value(99n, 100n), value(1n, 1n))).toBe(-10_000);
  });

  it('is not known without shares at both ends, nor when shares were counted anew', () => {
    expect(gainPpm({ perShare: null, take: 0 }, value(1n, 1n))).toBeNull();
    expect(gainPpm(value(1n, 1n), undefined)).toBeNull();
    expect(gainPpm(value(1n, 1n), value(0n, 1n))).toBeNull();
    expect(gainPpm(value(20n, 1n), value(1n, 1n))).toBeNull();
  });
});

describe('a hotkey’s shares', () => {
  let scene: StakingScene;
  beforeEach(async () => {
    scene = await startStakingScene();
  });
  afterEach(() => scene.close());

  it('are read now and of days ago, where the chain is so old', async () => {
    const hotkey = scene.devnet.validator.address;
    const place = { netuid: NETUID, hotkeys: [hotkey] };
    const quoted = await scene.quoted({ kind: 'stake', hotkey, netuid: NETUID, amount: rao(TAO) });
    await scene.place([quoted]);
    const api = await scene.chain.connection.ready;
    const now = await atNewest(api);
    const [present] = await readValues(now, place);
    expect(present?.perShare).not.toBeNull();
    expect(gainPpm(present, present)).toBe(0);
    const dayMs = 86_400_000;
    // As if a block took half a day: one day ago is two blocks ago.
    const past = await readPastValues(api, place, { number: now.number, blockMs: dayMs / 2 }, 1);
    expect(past).toHaveLength(1);
    expect(gainPpm(present, past?.[0])).toBe(0);
    expect(await readPastValues(api, place, { number: now.number, blockMs: 12_000 }, 7)).toBeNull();
  });
});
