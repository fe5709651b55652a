import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createOrderDesk } from '#main/core/wallet-service/order-desk.ts';
import { openOrderStore } from '#main/core/wallet-service/order-store.ts';
import { MillraceError } from '#protocol/errors.ts';
import { coldkeyOf, keyPairFromSeed } from '#protocol/keys.ts';
import { rao } from '#protocol/units.ts';
import { alice, type StakingScene, startStakingScene } from '../staking/staking-scene.ts';
import { temporaryHome } from '../../temporary-home.ts';

let scene: StakingScene;
beforeAll(async () => void (scene = await startStakingScene()));
afterAll(() => scene.close());

const to = keyPairFromSeed(new Uint8Array(32).fill(6)).address;
const amount = 1_000_000_000n;

it.each([
  ['while Millrace runs', false],
  ['after Millrace was started anew', true],
])(
  'signs nothing beside an order that a node refused and passed on, %s',
  async (_, isRestarted) => {
    const { chain } = scene;
    const { connection } = chain;
    let isLying = true;
    const act: typeof connection.act = async (...call) => {
      const answer = await connection.act(...call);
      if (isLying)
        throw new MillraceError('CHAIN_REFUSED', '1010: Invalid Transaction: Transaction has a bad signature');
      return answer;
    };
    const account = { genesisHash: 'ab'.repeat(32), coldkey: coldkeyOf(alice) };
    const { orders } = openOrderStore(temporaryHome(), 0);
    let placed = 0;
    const open = () =>
      createOrderDesk({
        ...{ chain: { ...chain, connection: { ...connection, act } }, account, orders },
        ...{ nowMs: () => placed, randomId: () => `${(placed += 1)}`, log: () => undefined, onChange: () => undefined },
      });
    let desk = open();
    const { order, quote } = await scene.quoted({ kind: 'transfer', to, amount: rao(amount) });
    const input = { kind: 'transfer', to, amount: amount.toString() } as const;
    const statusOf = (id: string) => desk.recent(9).find((each) => each.id === id)?.status;
    const place = () =>
      desk.place(
        { input, order, quote, ...account },
        () => Promise.resolve({ signer: alice, wipe: () => undefined }),
        () => undefined,
      );
    const first = await place();
    await vi.waitFor(() => expect(statusOf(first)).toMatchObject({ kind: 'refused' }), { timeout: 20_000 });
    isLying = false;
    if (isRestarted) {
      desk.close();
      desk = open();
      desk.resume();
    }
    const second = await place();
    await vi.waitFor(() => expect(statusOf(second)).toMatchObject({ kind: 'not-sent' }), { timeout: 20_000 });
    expect(statusOf(second)).toMatchObject({ message: expect.stringContaining('may be on its way') as unknown });
    scene.pass(4);
    await vi.waitFor(() => expect(statusOf(first)).toMatchObject({ kind: 'finalized' }), { timeout: 20_000 });
    // It is known now what became of it.
    const third = await place();
    await vi.waitFor(() => expect(scene.devnet.node.pool.entries).toHaveLength(1), { timeout: 20_000 });
    scene.pass(4);
    await vi.waitFor(() => expect(statusOf(third)).toMatchObject({ kind: 'finalized' }), { timeout: 20_000 });
    desk.close();
    orders.close();
  },
  60_000,
);

it('signs the next orders after one that a node refused and did not pass on', async () => {
  const { chain } = scene;
  const { connection } = chain;
  let isRefusing = true;
  const act: typeof connection.act = (...call) =>
    isRefusing
      ? Promise.reject(new MillraceError('CHAIN_REFUSED', '1010: Invalid Transaction: Inability to pay some fees'))
      : connection.act(...call);
  const account = { genesisHash: 'ab'.repeat(32), coldkey: coldkeyOf(alice) };
  const { orders } = openOrderStore(temporaryHome(), 0);
  let placed = 0;
  const desk = createOrderDesk({
    ...{ chain: { ...chain, connection: { ...connection, act } }, account, orders },
    ...{ nowMs: () => placed, randomId: () => `${(placed += 1)}`, log: () => undefined, onChange: () => undefined },
  });
  const { order, quote } = await scene.quoted({ kind: 'transfer', to, amount: rao(amount) });
  const input = { kind: 'transfer', to, amount: amount.toString() } as const;
  for (const kind of ['refused', 'pending', 'pending']) {
    const id = await desk.place(
      { input, order, quote, ...account },
      () => Promise.resolve({ signer: alice, wipe: () => undefined }),
      () => undefined,
    );
    const status = () => desk.recent(9).find((each) => each.id === id)?.status;
    await vi.waitFor(() => expect(status()).toMatchObject({ kind }), { timeout: 20_000 });
    if (kind === 'pending') {
      await vi.waitFor(() => expect(scene.devnet.node.pool.entries.length).toBeGreaterThan(0), { timeout: 20_000 });
    }
    isRefusing = false;
  }
  scene.pass(4);
  desk.close();
  orders.close();
}, 60_000);

it.each([
  ['while Millrace runs', false],
  ['after Millrace was started anew', true],
])(
  'tells of an order that a node refused and passed on all the same, %s',
  async (_, isRestarted) => {
    const { chain } = scene;
    const { connection } = chain;
    const act: typeof connection.act = async (...call) => {
      await connection.act(...call);
      throw new MillraceError('CHAIN_REFUSED', '1010: Invalid Transaction: Transaction has a bad signature');
    };
    const account = { genesisHash: 'ab'.repeat(32), coldkey: coldkeyOf(alice) };
    const { orders } = openOrderStore(temporaryHome(), 0);
    const open = () =>
      createOrderDesk({
        ...{ chain: { ...chain, connection: { ...connection, act } }, account, orders },
        ...{ nowMs: () => 1, randomId: () => 'one', log: () => undefined, onChange: () => undefined },
      });
    let desk = open();
    const { order, quote } = await scene.quoted({ kind: 'transfer', to, amount: rao(amount) });
    const input = { kind: 'transfer', to, amount: amount.toString() } as const;
    const status = () => desk.recent(1)[0]?.status;
    await desk.place(
      { input, order, quote, ...account },
      () => Promise.resolve({ signer: alice, wipe: () => undefined }),
      () => undefined,
    );
    await vi.waitFor(() => expect(status()).toMatchObject({ kind: 'refused', block: null }), { timeout: 20_000 });
    if (isRestarted) {
      desk.close();
      desk = open();
      desk.resume();
    }
    scene.pass(4);
    await vi.waitFor(() => expect(status()).toMatchObject({ kind: 'finalized' }), { timeout: 20_000 });
    desk.close();
    orders.close();
  },
  60_000,
);
