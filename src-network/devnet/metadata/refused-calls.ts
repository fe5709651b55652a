import type { Fields } from '../scale/composites.ts';
import { DispatchFailure } from '../runtime/call-context.ts';
import { call, type CallDefinition, freeCall } from './pallet.ts';

interface RefusedCall {
  readonly index: number;
  readonly args: Fields;
  readonly isFree: boolean;
  readonly isForRoot: boolean;
}

/** A call that clients find, and that always fails. */
export const refusedCall = (index: number, args: Fields): RefusedCall => ({
  ...{ index, args, isFree: false, isForRoot: false },
});
export const refusedFreeCall = (index: number, args: Fields): RefusedCall => ({
  ...refusedCall(index, args),
  isFree: true,
});
/** One that only the chain's governance may make, as nobody can here: `BadOrigin`, as on the chain. */
export const rootCall = (index: number, args: Fields): RefusedCall => ({
  ...refusedCall(index, args),
  isForRoot: true,
});

interface RefusedCalls {
  readonly calls: Readonly<Record<string, CallDefinition>>;
  /** One for each call that somebody could make; to be put behind the pallet's own errors, whose numbers they must not change. */
  readonly errors: Readonly<Record<string, string>>;
}

/**
 * Calls that the devnet does not do, each with an error of its own that names it, because clients show an error's name and
 * words: `swap_hotkey` ends with `SwapHotkeyNotImplemented`, "The devnet does not do swap_hotkey".
 */
export function refusedCalls(pallet: string, refused: Readonly<Record<string, RefusedCall>>): RefusedCalls {
  const named = Object.entries(refused).map(([name, definition]) => ({ name, error: errorOf(name), definition }));
  const calls = named.map(({ name, error, definition: { index, args, isFree, isForRoot } }) => {
    const run = (): void => {
      throw isForRoot ? new DispatchFailure(null, 'BadOrigin') : new DispatchFailure(pallet, error);
    };
    return [name, isFree ? freeCall(index, args, run) : call(index, args, run)] as const;
  });
  const errors = named.filter(({ definition }) => !definition.isForRoot);
  return {
    calls: Object.fromEntries(calls),
    errors: Object.fromEntries(errors.map(({ name, error }) => [error, `The devnet does not do ${name}`])),
  };
}

/** `swap_hotkey` → `SwapHotkeyNotImplemented`. */
const errorOf = (name: string): string =>
  `${name.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())}NotImplemented`;
