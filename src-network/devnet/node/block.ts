import type { EventRecord } from '../runtime/runtime.ts';
import type { Header } from '../runtime/header.ts';

/** A block as the chain keeps it. */
export interface Block {
  /** Lower-case hex without 0x. */
  readonly hash: string;
  readonly header: Header;
  readonly extrinsics: readonly Uint8Array[];
}

/** One that was just made. */
export interface NewBlock extends Block {
  readonly events: readonly EventRecord[];
  /** Storage keys that changed. */
  readonly changedKeys: ReadonlySet<string>;
}
