import { errorCode, ProtocolError } from '../errors.ts';

/**
 * Does what reads a part. Whatever it throws is about the bytes, also what nobody foresaw: else one peer's blob would look like a fault
 * of the machine and end it. Only want of memory is the machine's. (Apart from the blob, whose header needs the library of keys: no
 * thread that works on parts should load it.)
 * @throws ProtocolError that names the part
 */
export function namingPart<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof ProtocolError) throw new ProtocolError(`Update part ${index}: ${cause.message}`, { cause });
    const isOfMachine =
      errorCode(cause) !== undefined || (cause instanceof RangeError && NO_MEMORY.test(cause.message));
    if (isOfMachine) throw cause;
    throw new ProtocolError(`Update part ${index}: ${UNFORESEEN}: ${String(cause)}`, { cause });
  }
}

/** What V8 says in a RangeError when an array or a WebAssembly memory cannot be had; a trap is no RangeError. */
const NO_MEMORY = /memory|allocation/i;

const UNFORESEEN = 'unforeseen failure while reading';

/** Whether bytes were refused because reading them failed in a way that no check foresaw: somebody should look at it. From a thread only the words come. */
export const isUnforeseen = ({ message }: ProtocolError): boolean => message.includes(UNFORESEEN);
