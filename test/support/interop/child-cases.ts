/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access -- the client learns from the chain which calls there are */
import type { InteropCase, Role } from './interop-case.ts';
import type { Scene } from './scene.ts';

/** No subnet has this number. */
const NOWHERE = 4_000;
const ALL = 2n ** 64n - 1n;
const HALF = 2n ** 63n;

type Child = readonly [proportion: bigint, hotkey: Role];

const setChildren = (scene: Scene, children: readonly Child[], netuid = scene.netuid): unknown =>
  scene.tx.subtensorModule.setChildren(
    scene.address('miner'),
    netuid,
    children.map(([proportion, hotkey]) => [proportion, scene.address(hotkey)]),
  );

const setTake = (scene: Scene, take: number): unknown =>
  scene.tx.subtensorModule.setChildkeyTake(scene.address('miner'), scene.netuid, take);

const six = ['guest', 'second', 'stranger', 'poor', 'staker', 'proxy'].map((role): Child => [1n, role as Role]);

/** The hotkey `miner` has no stake of its own, and needs none where the threshold is 0. */
export const CHILD_CASES: readonly InteropCase[] = [
  { name: 'children on root', signer: 'owner', call: (scene) => setChildren(scene, [], 0) },
  {
    name: 'children in a subnet that there is not',
    signer: 'owner',
    call: (scene) => setChildren(scene, [], NOWHERE),
  },
  { name: 'children of a stranger’s hotkey', signer: 'sender', call: (scene) => setChildren(scene, []) },
  {
    name: 'a child that is named twice',
    signer: 'owner',
    call: (scene) =>
      setChildren(scene, [
        [1n, 'second'],
        [2n, 'second'],
      ]),
  },
  { name: 'a child that is its own parent', signer: 'owner', call: (scene) => setChildren(scene, [[1n, 'miner']]) },
  { name: 'six children', signer: 'owner', call: (scene) => setChildren(scene, six) },
  {
    name: 'children that get more than all',
    signer: 'owner',
    call: (scene) =>
      setChildren(scene, [
        [ALL, 'second'],
        [1n, 'stranger'],
      ]),
  },
  {
    name: 'two children',
    signer: 'owner',
    call: (scene) =>
      setChildren(scene, [
        [HALF, 'stranger'],
        [1n, 'second'],
      ]),
    balances: ['owner'],
    reads: [['subtensorModule.childKeys', 'miner', 'NETUID']],
  },
  { name: 'children again too soon', signer: 'owner', call: (scene) => setChildren(scene, []) },
  { name: 'a take of children of a stranger’s hotkey', signer: 'sender', call: (scene) => setTake(scene, 1) },
  { name: 'a take of children above the most', signer: 'owner', call: (scene) => setTake(scene, 11_797) },
  {
    name: 'a take of children',
    signer: 'owner',
    call: (scene) => setTake(scene, 655),
    reads: [['subtensorModule.childkeyTake', 'miner', 'NETUID']],
  },
  { name: 'a lower take of children', signer: 'owner', call: (scene) => setTake(scene, 65) },
  { name: 'a higher take of children too soon', signer: 'owner', call: (scene) => setTake(scene, 66) },
];
