import type { RandomStream } from '#protocol/random.ts';
import { ProtocolError } from '#protocol/errors.ts';
import { isUnforeseen } from '#protocol/update/naming-part.ts';

/** Something that takes bytes from outside, and may do only two things with bad ones: refuse them, or read them within its limits. */
export interface FuzzTarget {
  readonly name: string;
  /** What is damaged, for `--help`. */
  readonly about: string;
  /** Of the inputs when all targets run, in parts of all shares. */
  readonly share: number;
  /** How much the process may grow while it runs, over what it took for the first inputs. */
  readonly capBytes: number;
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  /** Makes the input that follows from `random`; the same again for the same numbers. */
  prepare(random: RandomStream): Attempt | Promise<Attempt>;
  close(): Promise<void>;
}

/** Tries the input, once: true when it was read, false when it was refused as it should be; throws whatever must not happen. */
type Attempt = () => boolean | Promise<boolean>;

/** What was read; null when it was refused as a breach of protocol. @throws everything else */
export function readOrRefused<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'PROTOCOL' && !isUnforeseen(error)) return null;
    throw error;
  }
}
