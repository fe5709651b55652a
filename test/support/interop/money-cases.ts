/* eslint-disable @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import type { InteropCase } from './interop-case.ts';

/** Transfers, several calls in one, and accounts that act for others. */
export const MONEY_CASES: readonly InteropCase[] = [
  {
    name: 'a transfer to a new account',
    signer: 'sender',
    call: ({ tx, address }) => tx.balances.transferKeepAlive(address('guest'), 3n * TAO),
    balances: ['sender', 'guest'],
  },
  {
    name: 'a transfer of more than there is',
    signer: 'sender',
    call: ({ tx, address }) => tx.balances.transferKeepAlive(address('guest'), 1_000n * TAO),
  },
  {
    name: 'a transfer that would end its sender',
    signer: 'guest',
    call: ({ tx, address }) =>
      tx.utility.batchAll([
        tx.balances.transferAll(address('sender'), true), // leaves the existential deposit
        tx.balances.transferKeepAlive(address('sender'), 1n),
      ]),
  },
  {
    name: 'a transfer below the existential deposit',
    signer: 'sender',
    call: ({ tx, address }) => tx.balances.transferAllowDeath(address('stranger'), 499n),
  },
  {
    name: 'a transfer of everything',
    signer: 'guest',
    call: ({ tx, address }) => tx.balances.transferAll(address('sender'), false),
    near: { REST: 3n * TAO },
  },
  {
    name: 'two transfers in one batch',
    signer: 'sender',
    call: ({ tx, address }) =>
      tx.utility.batchAll([
        tx.balances.transferKeepAlive(address('poor'), 1_000n),
        tx.balances.transferKeepAlive(address('owner'), 2_000n),
      ]),
    balances: ['sender', 'poor', 'owner'],
  },
  {
    name: 'batch_all of which one call fails',
    signer: 'sender',
    call: ({ tx, address }) =>
      tx.utility.batchAll([
        tx.balances.transferKeepAlive(address('poor'), 1_000n),
        tx.balances.transferKeepAlive(address('owner'), 1_000n * TAO),
      ]),
    balances: ['sender', 'poor', 'owner'],
  },
  {
    name: 'batch of which one call fails',
    signer: 'sender',
    call: ({ tx, address }) =>
      tx.utility.batch([
        tx.balances.transferKeepAlive(address('poor'), 1_000n),
        tx.balances.transferKeepAlive(address('owner'), 1_000n * TAO),
        tx.balances.transferKeepAlive(address('poor'), 1_000n),
      ]),
    balances: ['sender', 'poor', 'owner'],
  },
];

const AS_STAKER = 'Staking';

export const PROXY_CASES: readonly InteropCase[] = [
  {
    name: 'an account that is its own proxy',
    signer: 'staker',
    call: ({ tx, address }) => tx.proxy.addProxy(address('staker'), AS_STAKER, 0),
  },
  {
    name: 'a call through a proxy that is none',
    signer: 'proxy',
    call: ({ tx, address }) =>
      tx.proxy.proxy(address('staker'), null, tx.subtensorModule.addStake(address('miner'), 0, 2n * TAO)),
  },
  {
    name: 'a proxy for staking',
    signer: 'staker',
    call: ({ tx, address }) => tx.proxy.addProxy(address('proxy'), AS_STAKER, 0),
    balances: ['staker'],
    reads: [['proxy.proxies', 'staker']],
  },
  {
    name: 'the same proxy again',
    signer: 'staker',
    call: ({ tx, address }) => tx.proxy.addProxy(address('proxy'), AS_STAKER, 0),
  },
  {
    name: 'stake added through the proxy',
    signer: 'proxy',
    call: ({ tx, address, netuid }) =>
      tx.proxy.proxy(address('staker'), null, tx.subtensorModule.addStake(address('miner'), netuid, 2n * TAO)),
    balances: ['staker', 'proxy'],
    near: { 'SWAP FEE': 1_007_095n },
  },
  {
    name: 'a transfer through the proxy for staking',
    signer: 'proxy',
    call: ({ tx, address }) =>
      tx.proxy.proxy(address('staker'), null, tx.balances.transferKeepAlive(address('proxy'), TAO)),
    balances: ['staker', 'proxy'],
  },
  {
    name: 'a proxy that is removed',
    signer: 'staker',
    call: ({ tx, address }) => tx.proxy.removeProxy(address('proxy'), AS_STAKER, 0),
    balances: ['staker'],
    reads: [['proxy.proxies', 'staker']],
  },
  {
    name: 'a proxy that is removed again',
    signer: 'staker',
    call: ({ tx, address }) => tx.proxy.removeProxy(address('proxy'), AS_STAKER, 0),
  },
];
