import { errorMessage } from '#protocol/errors.ts';
import type { Block } from '../../node/block.ts';
import type { DevnetNode } from '../../node/devnet-node.ts';
import { header } from '../../runtime/header.ts';
import { RUNTIME_VERSION } from '../../runtime/version.ts';
import { callApi } from '../call-api.ts';
import { hex } from '../params.ts';
import { RPC_CODES, RpcError } from '../rpc-error.ts';
import { storageItems, type storageQueries } from './storage-items.ts';

/** Finalized blocks that a new follower gets at once. */
const FIRST_FINALIZED = 16;
/** Blocks that a follower may keep: one that never unpins is stopped. */
const MAX_PINNED = 512;
/** Operations that may wait for the client. */
const MAX_OPERATIONS = 16;
/** Of storage, in one event. */
const ITEMS_AT_ONCE = 256;

const runtimeSpec = {
  specName: RUNTIME_VERSION.specName,
  implName: RUNTIME_VERSION.implName,
  specVersion: RUNTIME_VERSION.specVersion,
  implVersion: RUNTIME_VERSION.implVersion,
  transactionVersion: RUNTIME_VERSION.transactionVersion,
  apis: Object.fromEntries(RUNTIME_VERSION.apis.map(([id, version]) => [hex(id), version])),
};

type Started =
  | { readonly result: 'started'; readonly operationId: string; readonly discardedItems?: number }
  | { readonly result: 'limitReached' };

export const LIMIT_REACHED: Started = { result: 'limitReached' };

export interface FollowOptions {
  readonly node: DevnetNode;
  readonly withRuntime: boolean;
  readonly notify: (event: unknown) => void;
  /** After the event `stop`: the follower must begin anew. */
  readonly onStop: () => void;
}

/** One client's `chainHead_v1_follow`: the blocks that it has pinned and what it does with them. */
export class Follow {
  readonly #options: FollowOptions;
  readonly #pinned = new Map<string, Block>();
  readonly #waiting = new Map<string, ReturnType<typeof storageItems>>();
  #nextOperation = 1;
  #unlisten: () => void = () => undefined;

  constructor(options: FollowOptions) {
    this.#options = options;
  }

  /** Tells of the finalized blocks, of those since, and then of each new one. */
  begin(): void {
    const { node, withRuntime } = this.#options;
    const last = node.finalized.header.number;
    const finalized = this.#blocks(Math.max(0, last - FIRST_FINALIZED + 1), last);
    for (const block of finalized) this.#pinned.set(block.hash, block);
    this.#tell('initialized', {
      finalizedBlockHashes: finalized.map(({ hash }) => `0x${hash}`),
      ...(withRuntime ? { finalizedBlockRuntime: { type: 'valid', spec: runtimeSpec } } : {}),
    });
    for (const block of this.#blocks(last + 1, node.head.header.number)) this.#tellNew(block);
    this.#tell('bestBlockChanged', { bestBlockHash: `0x${node.head.hash}` });
    this.#unlisten = node.onBlock({
      best: (block) => {
        if (this.#pinned.size >= MAX_PINNED) {
          this.#stop();
          return;
        }
        this.#tellNew(node.block(block.hash) ?? block);
        this.#tell('bestBlockChanged', { bestBlockHash: `0x${block.hash}` });
      },
      finalized: ({ hash }) =>
        this.#tell('finalized', { finalizedBlockHashes: [`0x${hash}`], prunedBlockHashes: [] as const }),
    });
  }

  end(): void {
    this.#unlisten();
    this.#pinned.clear();
    this.#waiting.clear();
  }

  /** SCALE. @throws RpcError when the block is not pinned, as do all that take one */
  header(hash: string): string {
    return hex(header.codec.enc(this.#require(hash).header));
  }

  body(hash: string): Started {
    const { extrinsics } = this.#require(hash);
    return this.#start((operationId) => this.#tell('operationBodyDone', { operationId, value: extrinsics.map(hex) }));
  }

  call(hash: string, method: unknown, data: Uint8Array): Started {
    this.#require(hash);
    return this.#start((operationId) => {
      if (this.#isForgotten(hash)) {
        this.#tell('operationInaccessible', { operationId });
        return;
      }
      try {
        const output = callApi(this.#options.node, method, data, `0x${hash}`);
        this.#tell('operationCallDone', { operationId, output: hex(output) });
      } catch (error) {
        this.#tell('operationError', { operationId, error: errorMessage(error) });
      }
    });
  }

  storage(hash: string, queries: ReturnType<typeof storageQueries>): Started {
    this.#require(hash);
    if (this.#waiting.size >= MAX_OPERATIONS) return LIMIT_REACHED;
    const started = this.#start((operationId) => {
      const state = this.#options.node.state(hash);
      if (state === null) this.#tell('operationInaccessible', { operationId });
      else this.#sendItems(operationId, storageItems(state, queries));
    });
    return { ...started, discardedItems: 0 };
  }

  /** @throws RpcError when the operation does not wait for this */
  continue(operationId: string): void {
    const items = this.#waiting.get(operationId);
    if (items === undefined) throw new RpcError(RPC_CODES.notWaiting, 'The operation does not wait to be continued');
    this.#waiting.delete(operationId);
    this.#sendItems(operationId, items);
  }

  stopOperation(operationId: string): void {
    this.#waiting.delete(operationId);
  }

  /** All of them or none. @throws RpcError */
  unpin(hashes: readonly string[]): void {
    if (new Set(hashes).size < hashes.length) throw new RpcError(RPC_CODES.pinnedTwice, 'A block is named twice');
    for (const hash of hashes) this.#require(hash);
    for (const hash of hashes) this.#pinned.delete(hash);
  }

  #start(perform: (operationId: string) => void): Extract<Started, { readonly result: 'started' }> {
    const operationId = `${this.#nextOperation}`;
    this.#nextOperation += 1;
    perform(operationId);
    return { result: 'started', operationId };
  }

  #sendItems(operationId: string, source: ReturnType<typeof storageItems>): void {
    const items = [];
    for (let next = source.next(); next.done !== true; next = source.next()) {
      items.push(next.value);
      if (items.length < ITEMS_AT_ONCE) continue;
      this.#waiting.set(operationId, source);
      this.#tell('operationStorageItems', { operationId, items });
      this.#tell('operationWaitingForContinue', { operationId });
      return;
    }
    if (items.length > 0) this.#tell('operationStorageItems', { operationId, items });
    this.#tell('operationStorageDone', { operationId });
  }

  #tell(event: string, fields: object): void {
    this.#options.notify({ event, ...fields });
  }

  #tellNew(block: Block): void {
    this.#pinned.set(block.hash, block);
    this.#tell('newBlock', {
      blockHash: `0x${block.hash}`,
      parentBlockHash: hex(block.header.parentHash),
      ...(this.#options.withRuntime ? { newRuntime: null } : {}),
    });
  }

  #stop(): void {
    this.#tell('stop', {});
    this.#options.onStop();
  }

  #isForgotten(hash: string): boolean {
    return this.#options.node.state(hash) === null;
  }

  #require(hash: string): Block {
    const block = this.#pinned.get(hash);
    if (block === undefined) throw new RpcError(RPC_CODES.notPinned, `Block 0x${hash} is not pinned`);
    return block;
  }

  /** From one number to another, both included. */
  #blocks(from: number, to: number): readonly Block[] {
    const { node } = this.#options;
    return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => {
      const block = node.block(node.blockHash(from + index) ?? '');
      if (block === null) throw new RangeError(`Block ${from + index} is not kept`);
      return block;
    });
  }
}
