/* eslint-disable @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { beforeEach, describe, expect, it } from 'vitest';
import { toHex, utf8 } from '#protocol/bytes.ts';
import { randomStream } from '#protocol/random.ts';
import { alpha, RAO_PER_TAO as TAO } from '#protocol/units.ts';
import { countedStake, inheritedAlpha } from '#network/devnet/pallets/subtensor/counted-stake.ts';
import { foundSubnet } from '#network/devnet/pallets/subtensor/genesis-subnet.ts';
import { associateHotkey } from '#network/devnet/pallets/subtensor/hotkeys.ts';
import { setAt } from '#network/devnet/pallets/subtensor/neuron-lists.ts';
import { appendNeuron } from '#network/devnet/pallets/subtensor/neuron-slots.ts';
import { payNeurons } from '#network/devnet/pallets/subtensor/pay-neurons.ts';
import { applyPendingChildren } from '#network/devnet/pallets/subtensor/pending-children.ts';
import { runEpoch } from '#network/devnet/pallets/subtensor/run-epoch.ts';
import { addStake, stakeOfHotkey } from '#network/devnet/pallets/subtensor/share-pool.ts';
import {
  childKeys,
  childkeyTake,
  type Link,
  minChildkeyTakePerSubnet,
  parentKeys,
  pendingChildKeyCooldown,
  pendingChildKeys,
} from '#network/devnet/pallets/subtensor/storage-children.ts';
import { validatorPermit } from '#network/devnet/pallets/subtensor/storage-neurons.ts';
import { stakeThreshold } from '#network/devnet/pallets/subtensor/storage-parameters.ts';
import { alphaDividendsPerSubnet, delegates } from '#network/devnet/pallets/subtensor/storage-stake.ts';
import { subtokenEnabled } from '#network/devnet/pallets/subtensor/storage-subnet.ts';
import { ALL } from '#network/devnet/pool/child-keys.ts';
import { epochEmission } from '#network/devnet/pool/pay-out.ts';
import { Dispatcher } from '#network/devnet/runtime/dispatch.ts';
import { startSubtensorClient } from '../../support/subtensor-client.ts';
import { accountNamed, Calls, NETUID, OWNER, stateWith, VALIDATOR } from '../../support/devnet-calls.ts';

const HALF = ALL / 2n;
const NEVER_STARTED = 2;
const [A, B, C] = ['a', 'b', 'c'].map(accountNamed) as [Uint8Array, Uint8Array, Uint8Array];
const coldkeyOf = (hotkey: Uint8Array): Uint8Array =>
  accountNamed(`cold ${new TextDecoder().decode(hotkey.subarray(0, 1))}`);

let calls: Calls;

/** A, B and C with 300,000, 100,000 and 50,000 alpha, as in the chain's own tests. */
beforeEach(() => {
  const state = stateWith([]);
  const [coldkey, hotkey] = [accountNamed('founder'), accountNamed('founded')];
  foundSubnet(state, { netuid: NEVER_STARTED, coldkey, hotkey, tempo: 10, taoRao: TAO, alpha: TAO });
  state.set(subtokenEnabled, NEVER_STARTED, false);
  for (const [hotkeyOf, stake] of [
    [A, 300_000n],
    [B, 100_000n],
    [C, 50_000n],
  ] as const) {
    associateHotkey(state, coldkeyOf(hotkeyOf), hotkeyOf);
    const uid = appendNeuron(state, { netuid: NETUID, hotkey: hotkeyOf, block: 0 });
    setAt(state, validatorPermit, NETUID, uid, true);
    addStake(state, { hotkey: hotkeyOf, coldkey: coldkeyOf(hotkeyOf), netuid: NETUID }, stake * TAO);
  }
  calls = new Calls(state);
});

const setChildren = (hotkey: Uint8Array, children: readonly Link[], netuid = NETUID, by = coldkeyOf(hotkey)) =>
  calls.send(by, 'SubtensorModule.set_children', { hotkey, netuid, children });
const contextAt = (block: number) => new Dispatcher(calls.runtime, block).context(calls.state, { kind: 'none' });
const childrenOf = (hotkey: Uint8Array, netuid = NETUID) => calls.state.find(childKeys, hotkey, netuid);
const parentsOf = (hotkey: Uint8Array, netuid = NETUID) => calls.state.find(parentKeys, hotkey, netuid);

/** Without waiting. As often as wished: the limit of half an hour is not what these tests are about. */
function link(hotkey: Uint8Array, ...children: readonly Link[]): void {
  calls.state.set(pendingChildKeys, NETUID, hotkey, [children, 0n]);
  applyPendingChildren(contextAt(1), NETUID);
}

describe('set_children', () => {
  it('waits for the first epoch a day later', () => {
    const { error, events } = setChildren(A, [[HALF, B]]);
    expect(error).toBeNull();
    expect(events).toEqual([{ type: 'SetChildrenScheduled', value: [A, NETUID, 7201n, [[HALF, B]]] }]);
    applyPendingChildren(contextAt(7201), NETUID);
    expect(childrenOf(A)).toBeUndefined();
    const dispatcher = new Dispatcher(calls.runtime, 7202);
    applyPendingChildren(dispatcher.context(calls.state, { kind: 'none' }), NETUID);
    expect(childrenOf(A)).toEqual([[HALF, B]]);
    expect(parentsOf(B)).toEqual([[HALF, A]]);
    expect(calls.state.find(pendingChildKeys, NETUID, A)).toBeUndefined();
    expect(dispatcher.events.map(({ event }) => event.value)).toEqual([
      { type: 'SetChildren', value: [A, NETUID, [[HALF, B]]] },
    ]);
  });

  it('happens at once in a subnet that has not begun', () => {
    expect(setChildren(A, [[ALL, B]], NEVER_STARTED).events.map(({ type }) => type)).toEqual(['SetChildren']);
    expect(childrenOf(A, NEVER_STARTED)).toEqual([[ALL, B]]);
  });

  it('replaces those before, with them and with each of their lists', () => {
    link(A, [HALF, C], [HALF, B]);
    expect(childrenOf(A)).toEqual([
      [HALF, B],
      [HALF, C],
    ]);
    link(A, [1n, C]);
    expect([childrenOf(A), parentsOf(B), parentsOf(C)]).toEqual([[[1n, C]], undefined, [[1n, A]]]);
    link(B, [2n, C]);
    link(A, [3n, C]);
    expect(parentsOf(C)).toEqual([
      [3n, A],
      [2n, B],
    ]);
    link(A);
    expect([childrenOf(A), parentsOf(C)]).toEqual([undefined, [[2n, B]]]);
  });

  const six = Array.from({ length: 6 }, (_, index): Link => [1n, accountNamed(`child ${index}`)]);
  it.each<[string, () => string | null, string]>([
    ['on root', () => setChildren(A, [], 0).error, 'RegistrationNotPermittedOnRootSubnet'],
    ['in a subnet that there is not', () => setChildren(A, [], 9).error, 'SubnetNotExists'],
    ['by a stranger', () => setChildren(A, [], NETUID, coldkeyOf(B)).error, 'NonAssociatedColdKey'],
    ['of a hotkey that there is not', () => setChildren(accountNamed('x'), []).error, 'NonAssociatedColdKey'],
    [
      'named twice',
      () =>
        setChildren(A, [
          [1n, B],
          [2n, B],
        ]).error,
      'DuplicateChild',
    ],
    ['of which one is itself', () => setChildren(A, [[1n, A], ...six]).error, 'InvalidChild'],
    ['that are six', () => setChildren(A, six).error, 'TooManyChildren'],
    [
      'that get more than all',
      () =>
        setChildren(A, [
          [ALL, B],
          [1n, C],
        ]).error,
      'ProportionOverflow',
    ],
  ])('refuses children %s', (_, act, why) => {
    expect(act()).toBe(why);
  });

  it('refuses a parent as a child, also when it has become one meanwhile', () => {
    expect(setChildren(A, [[ALL, B]]).error).toBeNull();
    expect(setChildren(B, [[ALL, A]]).error).toBeNull();
    applyPendingChildren(contextAt(8000), NETUID);
    const links = [childrenOf(A), childrenOf(B)];
    expect(links).toContainEqual(undefined);
    expect(links.filter((each) => each !== undefined)).toHaveLength(1);
    const [child, parent] = links[0] === undefined ? [A, B] : [B, A];
    expect(calls.state.find(pendingChildKeys, NETUID, child)).toBeUndefined();
    link(child, [1n, parent]);
    expect(childrenOf(child)).toBeUndefined();
  });

  it('keeps both lists of each link alike and parents apart from children, whoever links whom', () => {
    const random = randomStream(utf8('child keys'));
    const hotkeys = [A, B, C, ...['d', 'e', 'f', 'g'].map(accountNamed)];
    const any = (): Uint8Array => hotkeys[random.nextBelow(hotkeys.length)]!;
    for (let round = 0; round < 500; round += 1) {
      const children = new Map(Array.from({ length: random.nextBelow(4) }, () => [any(), BigInt(round) + 1n]));
      link(any(), ...[...children].map(([child, proportion]): Link => [proportion, child]));
      const linksOf = (list: (hotkey: Uint8Array) => readonly Link[] | undefined, isTurned: boolean) =>
        hotkeys.flatMap((hotkey) =>
          (list(hotkey) ?? []).map(([proportion, other]) => {
            const [parent, child] = isTurned ? [other, hotkey] : [hotkey, other];
            return `${toHex(parent)} ${toHex(child)} ${proportion}`;
          }),
        );
      const links = linksOf(childrenOf, false);
      expect(linksOf(parentsOf, true).toSorted()).toEqual(links.toSorted());
      const pairs = links.map((each) => each.split(' '));
      for (const [parent, child] of pairs) expect(pairs.some(([p, c]) => p === child && c === parent)).toBe(false);
    }
  });

  it('refuses a second change within half an hour', () => {
    expect(setChildren(A, []).error).toBeNull();
    expect(setChildren(A, [[1n, B]]).error).toBe('TxRateLimitExceeded');
    expect(setChildren(A, [[1n, B]], NEVER_STARTED).error).toBeNull();
  });

  it('refuses whoever has too little stake, but the owner of the subnet, and forgets what waits of who unstakes', () => {
    calls.state.set(stakeThreshold, 20_000n * TAO);
    // 100,000 alpha at 0.1 TAO.
    expect(setChildren(B, [[1n, C]]).error).toBe('NotEnoughStakeToSetChildkeys');
    expect(setChildren(B, []).error).toBeNull();
    expect(setChildren(VALIDATOR, [[1n, C]], NETUID, OWNER).error).toBeNull();
    expect(setChildren(A, [[1n, C]]).error).toBeNull();
    const unstake = (amountUnstaked: bigint) =>
      calls.send(coldkeyOf(A), 'SubtensorModule.remove_stake', { hotkey: A, netuid: NETUID, amountUnstaked }).error;
    expect(unstake(TAO)).toBeNull();
    expect(calls.state.find(pendingChildKeys, NETUID, A)).toBeDefined();
    expect(unstake(200_000n * TAO)).toBeNull();
    expect(calls.state.find(pendingChildKeys, NETUID, A)).toBeUndefined();
  });
});

describe('set_childkey_take', () => {
  const setTake = (take: number, by = coldkeyOf(A)) =>
    calls.send(by, 'SubtensorModule.set_childkey_take', { hotkey: A, netuid: NETUID, take });

  it('is at most 18 %, may be lowered at any time and raised after thirty days', () => {
    expect(setTake(11_797).error).toBe('InvalidChildkeyTake');
    expect(setTake(1000, coldkeyOf(B)).error).toBe('NonAssociatedColdKey');
    expect(setTake(11_796).events).toEqual([{ type: 'ChildKeyTakeSet', value: [A, 11_796] }]);
    expect(setTake(100).error).toBeNull();
    expect(setTake(100).error).toBeNull();
    expect(setTake(101).error).toBe('TxChildkeyTakeRateLimitExceeded');
    expect(calls.state.get(childkeyTake, A, NETUID)).toBe(100);
  });

  it('is not below what the subnet asks for', () => {
    calls.state.set(minChildkeyTakePerSubnet, NETUID, 500);
    expect(setTake(499).error).toBe('InvalidChildkeyTake');
    expect(setTake(500).error).toBeNull();
  });
});

describe('an epoch', () => {
  const NINTH = Math.trunc(65_535 / 9);
  const PENDING = {
    ...{ server: alpha(500_000n * TAO), validator: alpha(500_000n * TAO) },
    ...{ root: alpha(0n), ownerCut: alpha(0n) },
  };

  /** Each hotkey's part of what the three have earned. Nobody mines, so validators get all. */
  function earned(hotkeys = [A, B, C]): readonly number[] {
    const before = hotkeys.map((hotkey) => stakeOfHotkey(calls.state, hotkey, NETUID));
    const context = contextAt(100);
    payNeurons(context, NETUID, PENDING, runEpoch(context, NETUID, epochEmission(PENDING)));
    const gains = hotkeys.map((hotkey, index) => stakeOfHotkey(calls.state, hotkey, NETUID) - before[index]!);
    const all = PENDING.server + PENDING.validator;
    const paid = gains.reduce((sum, each) => sum + each, 0n);
    expect(paid).toBeLessThanOrEqual(all);
    expect(all - paid).toBeLessThan(all / 100_000n);
    return gains.map((gain) => Number(gain) / Number(all));
  }

  /** Tolerance as in the chain's tests: four decimal places. */
  const expectShares = (actual: readonly number[], expected: readonly number[]): void =>
    actual.forEach((share, index) => expect(Math.abs(share - expected[index]!)).toBeLessThan(1e-4));

  /** pallets/subtensor/src/tests/children.rs at 14bc6f9f: test_parent_child_chain_emission. */
  it('pays a chain of parents and children as the chain’s own test says', () => {
    link(A, [HALF, B]);
    link(B, [HALF, C]);
    for (const hotkey of [B, C]) calls.state.set(childkeyTake, hotkey, NETUID, NINTH);
    const take = 1 / 9 / 2;
    const expected = [(2 / 3) * (1 - take), (2 / 9) * (1 - take) + (2 / 3) * take, 1 / 9 + (2 / 9) * take];
    expectShares(earned(), expected);
  });

  /** There: test_parent_child_chain_epoch, the stakes that the epoch sees. */
  it('judges by inherited stake: half of A’s is B’s, half of B’s own is C’s', () => {
    link(A, [HALF, B]);
    link(B, [HALF, C]);
    const counted = [A, B, C].map(
      (hotkey) => Number(countedStake(calls.state, NETUID, hotkey)) / Number(450_000n * TAO),
    );
    expectShares(counted, [1 / 3, 4 / 9, 2 / 9]);
  });

  it('pays parents that have no neuron there, their nominators too', () => {
    const far = accountNamed('far');
    associateHotkey(calls.state, coldkeyOf(A), far);
    addStake(calls.state, { hotkey: far, coldkey: accountNamed('nominator'), netuid: NETUID }, 450_000n * TAO);
    calls.state.set(delegates, far, 0);
    link(far, [ALL, C]);
    expect(inheritedAlpha(calls.state, NETUID, C)).toBe(500_000n * TAO);
    expectShares(earned([A, B, C, far]), [3 / 9, 1 / 9, 0.5 / 9, 4.5 / 9]);
    expect(calls.state.get(alphaDividendsPerSubnet, NETUID, far)).toBeGreaterThan(400_000n * TAO);
  });

  it('pays the same as ever where nobody has children', () => {
    expectShares(earned(), [6 / 9, 2 / 9, 1 / 9]);
  });

  it('lets children begin with it, for a client of the chain', async () => {
    const { api, devnet, send, pass, close } = await startSubtensorClient((state) => {
      state.set(pendingChildKeyCooldown, 1n);
    });
    try {
      const { alice, bob } = devnet;
      const tx = api.tx.subtensorModule;
      const hotkey = devnet.validator.address;
      await send(api.tx.balances.transferKeepAlive(devnet.owner.address, 10n * TAO), alice);
      const { error, events } = await send(tx.setChildren(hotkey, NETUID, [[HALF, bob.address]]), devnet.owner);
      expect(error).toBeNull();
      expect(events.map(({ method }) => method)).toContain('SetChildrenScheduled');
      expect((await send(tx.setChildkeyTake(hotkey, NETUID, 655), devnet.owner)).error).toBeNull();
      pass(20);
      const children = await api.query.subtensorModule.childKeys(hotkey, NETUID);
      expect(children.toJSON()).toEqual([[`0x${HALF.toString(16)}`, bob.address]]);
      const parents = await api.query.subtensorModule.parentKeys(bob.address, NETUID);
      expect(parents.toJSON()).toEqual([[`0x${HALF.toString(16)}`, hotkey]]);
    } finally {
      await close();
    }
  });
});
