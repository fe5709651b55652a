import { ProtocolError } from '../errors.ts';

/**
 * Does what reads a part. Apart from the blob, whose header needs the library of keys: no thread that works on parts should load it.
 * @throws ProtocolError that names the part
 */
export function namingPart<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new ProtocolError(`Update part ${index}: ${cause.message}`, { cause });
  }
}
