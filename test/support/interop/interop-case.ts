/* eslint-disable @typescript-eslint/no-explicit-any -- the client learns from the chain which calls there are */
import type { Scene } from './scene.ts';

/**
 * The accounts: coldkeys `sender`, `owner`, `staker`, `poor` (0.01 TAO), `proxy` (of `staker`), hotkeys `miner` (of `owner`),
 * `second` (of nobody yet), and who has nothing: `guest`, `stranger`.
 */
export type Role = 'sender' | 'guest' | 'owner' | 'miner' | 'second' | 'stranger' | 'poor' | 'staker' | 'proxy';

/** A call. What it ends in is in `devnet-outcomes.ts`, by its name. */
export interface InteropCase {
  /** A sentence, which `differences.ts` names it by. */
  readonly name: string;
  readonly signer: Role;
  readonly call: (scene: Scene) => any;
  /** Items and their keys: roles, `NETUID`, numbers. */
  readonly reads?: readonly (readonly [item: string, ...keys: string[]])[];
  readonly balances?: readonly Role[];
  /** Names for amounts that are not the same everywhere: what is within 1 % of them is called so. */
  readonly near?: Readonly<Record<string, bigint>>;
}
