/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import { Keyring } from '@polkadot/keyring';
import type { KeyringPair } from '@polkadot/keyring/types';
import { RAO_PER_TAO as TAO } from '#protocol/units.ts';
import type { InteropChain } from './chain.ts';
import type { InteropCase, Role } from './interop-case.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import type { NamedNumber } from './wording.ts';

/** Who has money from the beginning, and how much. */
const FUNDS: Readonly<Partial<Record<Role, bigint>>> = {
  sender: 10n * TAO,
  owner: 20n * TAO,
  poor: TAO / 100n,
  staker: 10n * TAO,
  proxy: TAO,
};
/** Chains differ in their fees and in how a price goes with what is traded. */
const TOLERANCE = 0.01;
/** For which new child keys wait. */
const COOLDOWN_BLOCKS = 7200;
const ROLES: readonly Role[] = ['sender', 'guest', 'owner', 'miner', 'second', 'stranger', 'poor', 'staker', 'proxy'];

/** Runs the cases, one after the other, on one chain. */
export class Scene {
  readonly chain: InteropChain;
  readonly pairs: ReadonlyMap<Role, KeyringPair>;
  #ignored: ReadonlySet<string> = new Set();
  #uid: number | null = null;

  constructor(chain: InteropChain) {
    this.chain = chain;
    const keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });
    this.pairs = new Map(ROLES.map((role) => [role, keyring.addFromUri(`${chain.accounts}/${role}`)] as const));
  }

  get tx(): any {
    return this.chain.api.tx;
  }

  get netuid(): number {
    return this.chain.netuid;
  }

  get specVersion(): number {
    return this.chain.api.runtimeVersion.specVersion.toNumber();
  }

  pair(role: Role): KeyringPair {
    const pair = this.pairs.get(role);
    if (pair === undefined) throw new RangeError(`Nobody is ${role}`);
    return pair;
  }

  readonly address = (role: Role): string => this.pair(role).address;

  /** Of `miner`, once it is registered. */
  get uid(): number {
    if (this.#uid === null) throw new RangeError('The miner has no uid');
    return this.#uid;
  }

  /** Gives out the money, and learns what every paid call changes. */
  async begin(): Promise<void> {
    const { balances, utility } = this.tx;
    const gifts = Object.entries(FUNDS).map(([role, amount]) =>
      balances.transferKeepAlive(this.address(role as Role), amount),
    );
    const signer = this.chain.bank;
    const nothing = { signer, reads: [], balances: [] };
    const given = await this.#outcome({ ...nothing, call: utility.batchAll(gifts) }, []);
    if (given.error !== null) throw new Error(`The accounts get no money: ${given.why ?? given.error}`);
    const { storage } = await this.#outcome({ ...nothing, call: utility.batchAll([]) }, []);
    this.#ignored = new Set(storage);
  }

  async run({ signer, call, reads = [], balances = [], near = {} }: InteropCase): Promise<Outcome> {
    const named = Object.entries(near).map(([name, value]) => ({ name, value, tolerance: TOLERANCE }));
    const numbers = [...(await this.#amounts()), ...named];
    const keys = (key: string): string | number => {
      if (key === 'NETUID') return this.netuid;
      if (key === 'UID') return this.uid;
      return this.pairs.has(key as Role) ? this.address(key as Role) : Number(key);
    };
    const attempt = {
      call: call(this),
      signer: this.pair(signer),
      reads: reads.map(([item, ...rest]) => [item, ...rest.map(keys)] as const),
      balances: balances.map((role) => this.address(role)),
    };
    const outcome = await this.#outcome(attempt, numbers);
    const uid = await this.chain.api.query.subtensorModule.uids(this.netuid, this.address('miner'));
    this.#uid = uid.isSome ? uid.unwrap().toNumber() : null;
    return outcome;
  }

  /** The words of a case with this chain's numbers for `NETUID` and `UID`. */
  readonly withNumbers = (words: string): string =>
    words.replaceAll('NETUID', String(this.netuid)).replaceAll('UID', String(this.#uid));

  #outcome(
    attempt: Omit<Parameters<typeof outcomeOf>[1], 'accounts' | 'numbers' | 'ignored'>,
    numbers: readonly NamedNumber[],
  ): Promise<Outcome> {
    const accounts = new Map([...this.pairs].map(([role, { address }]) => [address, role] as const));
    return outcomeOf(this.chain, { ...attempt, accounts, numbers, ignored: this.#ignored });
  }

  /** When children that are set now count, what a registration costs now, and what 2 TAO buy by the pool's content: chains differ in the fee and in the curve. */
  async #amounts(): Promise<NamedNumber[]> {
    const { burn, subnetTAO, subnetAlphaIn } = this.chain.api.query.subtensorModule;
    const [price, tao, alpha] = await Promise.all(
      [burn, subnetTAO, subnetAlphaIn].map(async (item) => (await item(this.netuid)).toBigInt() as bigint),
    );
    const bought = tao === undefined || alpha === undefined ? 0n : (2n * TAO * alpha) / (tao + 2n * TAO);
    const head: number = (await this.chain.api.rpc.chain.getHeader()).number.toNumber();
    return [
      { name: 'COOLED', value: BigInt(head + 1 + COOLDOWN_BLOCKS), tolerance: TOLERANCE },
      { name: 'BURN', value: price ?? 0n, tolerance: TOLERANCE },
      { name: 'ALPHA', value: bought, tolerance: TOLERANCE },
    ];
  }
}
