import type { Header } from '@polkadot/types/interfaces';
import { errorMessage } from '../../errors.ts';
import type { BlockHeader } from '../chain-client.ts';
import type { Latest } from '../latest.ts';
import { staleAfterMs } from '../stale.ts';
import type { SubtensorConnection } from './connection.ts';
import type { QuietApi } from './quiet-api.ts';
import { readHeader } from './read-blocks.ts';

export interface Heads {
  readonly best: Latest<BlockHeader>;
  /** Blocks up to this number cannot be taken back. */
  readonly finalized: Latest<number>;
  /** How often the newest block was not the child of the one before: others were replaced, or not told of. */
  readonly jumps: Latest<number>;
}

const RETRY_MS = 3_000;

/**
 * Keeps the newest blocks up to date. An endpoint that tells of none for a while is left for the next; so is one whose newest block
 * is old by this machine's clock, unless that is so of all of them. Returns how to end it.
 * @param warn is told in words why an endpoint was left, or a block could not be read
 */
export function followHeads(
  connection: SubtensorConnection,
  { best, finalized, jumps }: Heads,
  warn: (message: string) => void,
  nowMs: () => number = Date.now,
): () => void {
  let isClosed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let unsubscribe: (() => void)[] = [];
  /** Endpoints that were left one after the other because they were behind. */
  let behind = 0;

  const seeAge = ({ number, timestampMs }: BlockHeader, staleMs: number): void => {
    const ageMs = nowMs() - timestampMs;
    if (ageMs <= staleMs) behind = 0;
    // The first block of a chain may have been made whenever.
    else if (number > 0 && behind < connection.endpoints.length - 1) {
      behind += 1;
      const reason = `its newest block is ${Math.round(ageMs / 1000)} s old`;
      warn(`${connection.endpoint()} is behind: ${reason}`);
      connection.leave(reason);
    }
  };

  const watch = (staleMs: number): void => {
    clearTimeout(timer);
    if (isClosed) return;
    timer = setTimeout(() => {
      const seconds = Math.round(staleMs / 1000);
      warn(`${connection.endpoint()} has told of no new block for ${seconds} s`);
      connection.leave(`no new block for ${seconds} s`);
      watch(staleMs);
    }, staleMs);
  };

  const start = async (api: QuietApi): Promise<void> => {
    const periodMs = 2 * Number(api.consts['timestamp']?.['minimumPeriod']?.toString() ?? 6_000);
    const staleMs = staleAfterMs(periodMs);
    watch(staleMs); // also when it never tells of any
    let newest: string | null = null;
    const onHead = (header: Header): void => {
      watch(staleMs);
      api.noteHeader(header);
      const hash = header.hash.toHex();
      if (newest !== null && newest !== hash && newest !== header.parentHash.toHex()) {
        jumps.set((jumps.current() ?? 0) + 1);
      }
      newest = hash;
      readHeader(api, hash, header.number.toNumber())
        .then((head) => {
          if (newest !== hash || isClosed) return;
          if (best.current()?.hash !== head.hash) best.set(head);
          seeAge(head, staleMs);
        })
        .catch((error: unknown) => {
          if (!isClosed) warn(`Block ${header.number.toString()} could not be read: ${errorMessage(error)}`);
        });
    };
    const started = await Promise.allSettled([
      api.rpc.chain.subscribeNewHeads(onHead),
      api.rpc.chain.subscribeFinalizedHeads(({ number }) => finalized.set(number.toNumber())),
    ]);
    const ends = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    const failed = started.find((each) => each.status === 'rejected');
    // One without the other would stay, and begin anew beside the next try's.
    if (isClosed || failed !== undefined) for (const end of ends) end();
    else unsubscribe = ends;
    if (failed !== undefined) throw failed.reason;
  };
  const begin = (): void => {
    connection.ready.then(start).catch((error: unknown) => {
      if (isClosed) return;
      warn(`New blocks could not be followed: ${errorMessage(error)}`);
      timer = setTimeout(begin, RETRY_MS);
    });
  };
  begin();
  return () => {
    isClosed = true;
    clearTimeout(timer);
    for (const end of unsubscribe) end();
  };
}
