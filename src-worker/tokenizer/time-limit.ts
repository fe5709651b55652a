import { createContext, Script } from 'node:vm';
import { errorCode, ProtocolError } from '#protocol/errors.ts';

const call = new Script('work()');
const place: { work: () => void } = { work: () => undefined };

/**
 * Runs a function on this thread, and ends it where it stands when it takes too long: a regular expression that backtracks too.
 * Not ended is the compiling of one: bound its length. What the function was changing is then half changed.
 * @throws ProtocolError that says what took longer; what the function throws
 */
export function withinTime<T>(limitMs: number, what: string, work: () => T): T {
  let results: readonly T[] = [];
  place.work = () => {
    results = [work()];
  };
  try {
    call.runInContext(context(), { timeout: Math.ceil(limitMs) });
  } catch (cause) {
    if (errorCode(cause) !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw cause;
    throw new ProtocolError(`${what} took longer than ${limitMs / 1000} s and was stopped`, { cause });
  } finally {
    place.work = () => undefined; // it holds on to a text
  }
  return results[0] as T;
}

let made: object | null = null;
/** Made at first use: it takes a millisecond and half a megabyte. */
const context = (): object => (made ??= createContext(place));
