/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import type { InteropCase } from './interop-case.ts';
import type { Scene } from './scene.ts';

/** No subnet has this number. */
const NOWHERE = 4_000;
const ADDRESS = '0x01020304';
const LOCALHOST = '0x7f000001';
const IPV4 = 4;

const register = (scene: Scene, hotkey: 'miner' | 'second', netuid = scene.netuid): unknown =>
  scene.tx.subtensorModule.burnedRegister(netuid, scene.address(hotkey));

export const REGISTRATION_CASES: readonly InteropCase[] = [
  { name: 'registering on root', signer: 'owner', call: (scene) => register(scene, 'miner', 0) },
  {
    name: 'registering in a subnet that there is not',
    signer: 'owner',
    call: (scene) => register(scene, 'miner', NOWHERE),
  },
  { name: 'registering without the money', signer: 'poor', call: (scene) => register(scene, 'miner') },
  {
    name: 'registering a hotkey',
    signer: 'owner',
    call: (scene) => register(scene, 'miner'),
    balances: ['owner', 'miner'],
    reads: [
      ['subtensorModule.uids', 'NETUID', 'miner'],
      ['subtensorModule.owner', 'miner'],
      ['subtensorModule.ownedHotkeys', 'owner'],
      ['subtensorModule.isNetworkMember', 'miner', 'NETUID'],
    ],
  },
  { name: 'registering it again', signer: 'owner', call: (scene) => register(scene, 'miner') },
];

const serve = (scene: Scene, ip: string, port: number, ipType: number): unknown =>
  scene.tx.subtensorModule.serveAxon(scene.netuid, 7, ip, port, ipType, 4, 0, 0);

export const AXON_CASES: readonly InteropCase[] = [
  { name: 'an axon of who is no neuron', signer: 'sender', call: (scene) => serve(scene, ADDRESS, 80, IPV4) },
  { name: 'an axon of an unknown kind of address', signer: 'miner', call: (scene) => serve(scene, ADDRESS, 80, 5) },
  { name: 'an axon on the local host', signer: 'miner', call: (scene) => serve(scene, LOCALHOST, 80, IPV4) },
  { name: 'an axon at port 0', signer: 'miner', call: (scene) => serve(scene, ADDRESS, 0, IPV4) },
  {
    name: 'an axon',
    signer: 'miner',
    call: (scene) => serve(scene, ADDRESS, 80, IPV4),
    balances: ['miner'],
  },
  { name: 'another axon too soon', signer: 'miner', call: (scene) => serve(scene, ADDRESS, 81, IPV4) },
];

const weigh = (scene: Scene, uids: readonly (number | string)[], values: readonly number[]): unknown =>
  scene.tx.subtensorModule.setWeights(scene.netuid, uids, values, 0);

export const WEIGHT_CASES: readonly InteropCase[] = [
  { name: 'weights of who is no neuron', signer: 'sender', call: (scene) => weigh(scene, [0], [1]) },
  { name: 'weights that are fewer than their uids', signer: 'miner', call: (scene) => weigh(scene, [0, 1], [1]) },
  { name: 'weights for root', signer: 'miner', call: ({ tx }) => tx.subtensorModule.setWeights(0, [0], [1], 0) },
  {
    name: 'weights for more uids than there are',
    signer: 'miner',
    call: (scene) => weigh(scene, [0, 1, 2, 3, 4, 5, 6, 7], [1, 1, 1, 1, 1, 1, 1, 1]),
  },
  {
    name: 'weights without a permit',
    signer: 'miner',
    call: (scene) => weigh(scene, [scene.uid === 0 ? 1 : 0], [1]),
  },
  {
    name: 'weights for oneself',
    signer: 'miner',
    call: (scene) => weigh(scene, [scene.uid], [9]),
    reads: [['subtensorModule.weights', 'NETUID', 'UID']],
    balances: ['miner'],
  },
  { name: 'weights again too soon', signer: 'miner', call: (scene) => weigh(scene, [scene.uid], [9]) },
];

const commit = (scene: Scene, fields: readonly unknown[]): unknown =>
  scene.tx.commitments.setCommitment(scene.netuid, { fields });
const HELLO = { Raw5: '0x68656c6c6f' };

export const COMMITMENT_CASES: readonly InteropCase[] = [
  { name: 'a commitment of who is no neuron', signer: 'sender', call: (scene) => commit(scene, [HELLO]) },
  { name: 'a commitment of too many fields', signer: 'miner', call: (scene) => commit(scene, Array(4).fill(HELLO)) },
  {
    name: 'a commitment',
    signer: 'miner',
    call: (scene) => commit(scene, [HELLO]),
    reads: [['commitments.commitmentOf', 'NETUID', 'miner']],
    balances: ['miner'],
  },
  { name: 'a commitment of three fields', signer: 'miner', call: (scene) => commit(scene, Array(3).fill(HELLO)) },
];

const stake = (scene: Scene, hotkey: 'miner' | 'stranger', amount: bigint, netuid = scene.netuid): unknown =>
  scene.tx.subtensorModule.addStake(scene.address(hotkey), netuid, amount);

export const STAKE_CASES: readonly InteropCase[] = [
  {
    name: 'stake in a subnet that there is not',
    signer: 'staker',
    call: (scene) => stake(scene, 'miner', 2n * TAO, NOWHERE),
  },
  {
    name: 'stake with a hotkey that there is not',
    signer: 'staker',
    call: (scene) => stake(scene, 'stranger', 2n * TAO),
  },
  { name: 'stake of more than there is', signer: 'staker', call: (scene) => stake(scene, 'miner', 100n * TAO) },
  {
    name: 'stake',
    signer: 'staker',
    call: (scene) => stake(scene, 'miner', 2n * TAO),
    balances: ['staker'],
    near: { 'SWAP FEE': 1_007_095n },
    reads: [
      ['subtensorModule.stakingHotkeys', 'staker'],
      ['subtensorModule.totalHotkeyAlpha', 'miner', 'NETUID'],
    ],
  },
  {
    name: 'unstaking of nothing',
    signer: 'staker',
    call: ({ tx, address, netuid }) => tx.subtensorModule.removeStake(address('miner'), netuid, 0),
  },
  {
    name: 'unstaking',
    signer: 'staker',
    call: ({ tx, address, netuid }) => tx.subtensorModule.removeStake(address('miner'), netuid, 5n * TAO),
    near: { SOLD: 5n * TAO, BACK: TAO / 2n, 'SWAP FEE': 2_517_738n },
    balances: ['staker'],
  },
  {
    name: 'unstaking of more than there is',
    signer: 'staker',
    call: ({ tx, address, netuid }) => tx.subtensorModule.removeStake(address('miner'), netuid, 1_000n * TAO),
    near: { SOLD: 15n * TAO, BACK: (3n * TAO) / 2n, 'SWAP FEE': 7_548_000n },
  },
  {
    name: 'stake of too little',
    signer: 'staker',
    call: (scene) => stake(scene, 'miner', 1_000n),
    near: { LITTLE: 10_000n },
  },
];
