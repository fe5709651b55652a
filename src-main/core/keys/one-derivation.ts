import type { DeriveKey } from '../btwallet/derive-key-aside.ts';

/** Derives one key after the other, because each takes 512 MiB. Who waits for a keychain meanwhile holds nobody up. */
export function oneAtATime(derive: DeriveKey): DeriveKey {
  let last: Promise<unknown> = Promise.resolve();
  return (request, signal) => {
    const turn = last.then(() => derive(request, signal));
    last = turn.catch(() => undefined);
    return turn;
  };
}
