import { ApiPromise } from '@polkadot/api';
import type { ApiOptions } from '@polkadot/api/types';
import { type Metadata, rpcDefinitions, TypeRegistry } from '@polkadot/types';
import type { Header, RuntimeVersion, RuntimeVersionPartial } from '@polkadot/types/interfaces';
import type { Text } from '@polkadot/types-codec';
import { toHex } from '../../bytes.ts';
import { errorMessage } from '../../errors.ts';
import type { Raw } from './items.ts';

type VersionedRegistry = Awaited<ReturnType<ApiPromise['getBlockRegistry']>>;

/** What the library (16.5) keeps to itself, and must be changed for a process that runs for months beside strangers' nodes. */
interface Internals {
  _subscribeUpdates: () => void;
  _unsubscribeUpdates: () => void;
  readonly _runtimeChain: Text;
  _runtimeMetadata: Metadata;
  _runtimeVersion: RuntimeVersion;
  readonly _rx: { runtimeVersion: RuntimeVersion };
  readonly _rpcCore: { setRegistrySwap(swap: (blockHash: Uint8Array) => Promise<VersionedRegistry>): void };
  _getDefaultRegistry(): VersionedRegistry;
  _retrieveMetadata(apis: RuntimeVersionPartial['apis'], at?: unknown, registry?: TypeRegistry): Promise<Metadata>;
  _initRegistry(registry: unknown, chain: Text, version: RuntimeVersionPartial, metadata: Metadata): void;
  _injectMetadata(registry: VersionedRegistry, fromEmpty: boolean): void;
}

/** Runtimes beside the newest one whose metadata is kept: some MiB each. */
const MAX_OLD_RUNTIMES = 3;
/** Blocks whose runtime the library remembers, and whose parents are known. */
const MAX_REMEMBERED_BLOCKS = 256;

const quietly = <T extends object>(definitions: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(definitions).map(([name, each]) => [name, { ...each, noErrorLog: true }]));

/** The library's definitions, but for the printing of errors: who asked hears of them. */
const QUIET_RPC = Object.fromEntries(
  Object.entries(rpcDefinitions).map(([section, definitions]) => [section, quietly(definitions)]),
);

/**
 * The library's API, made fit for nodes that are not to be trusted: it prints nothing, keeps the metadata of a few runtimes only
 * (the library keeps every version that a node names), and has all of the metadata also after an upgrade of the chain (the library
 * then asks for a form of it that knows no functions of the runtime).
 */
export class QuietApi extends ApiPromise {
  readonly #inner = this as unknown as Internals;
  readonly #byBlock = new Map<string, Promise<VersionedRegistry>>();
  /** The parents of blocks whose headers came by themselves, in hex. */
  readonly #parents = new Map<string, Header['hash']>();
  /** By their names, the newest used last. */
  readonly #old = new Map<string, Promise<VersionedRegistry>>();
  #endUpdates: (() => void) | null = null;

  constructor(options: ApiOptions) {
    super({ ...options, rpc: QUIET_RPC });
    this.#inner._subscribeUpdates = () => this.#subscribeUpdates();
    this.#inner._unsubscribeUpdates = () => {
      this.#endUpdates?.();
      this.#endUpdates = null;
    };
  }

  /** The library would print what it throws here before it tells of it. */
  protected override async _loadMeta(): Promise<boolean> {
    try {
      return await super._loadMeta();
    } catch (error) {
      this.emit('error', new Error(`Not a chain that Millrace can read: ${errorMessage(error)}`, { cause: error }));
      return false;
    }
  }

  /** So that nobody has to ask for this header when the block is looked at: on a slow line each question is a wait. */
  noteHeader({ hash, parentHash }: Pick<Header, 'hash' | 'parentHash'>): void {
    const [oldest] = this.#parents.keys();
    if (this.#parents.size === MAX_REMEMBERED_BLOCKS && oldest !== undefined) this.#parents.delete(oldest);
    this.#parents.set(toHex(hash), parentHash);
  }

  override getBlockRegistry(blockHash: Uint8Array, knownVersion?: RuntimeVersion): Promise<VersionedRegistry> {
    const hash = toHex(blockHash);
    const remembered = this.#byBlock.get(hash);
    if (remembered !== undefined) return remembered;
    if (this.#byBlock.size === MAX_REMEMBERED_BLOCKS) this.#forgetBlocks();
    const found = this.#registryOf(blockHash, knownVersion);
    this.#byBlock.set(hash, found);
    found.catch(() => this.#byBlock.delete(hash));
    return found;
  }

  /** The library's own table of blocks begins anew with this too; it would grow for ever. */
  #forgetBlocks(): void {
    this.#byBlock.clear();
    this.#inner._rpcCore.setRegistrySwap((hash) => this.getBlockRegistry(hash));
  }

  async #registryOf(blockHash: Uint8Array, knownVersion?: RuntimeVersion): Promise<VersionedRegistry> {
    const [version, parentHash] =
      knownVersion === undefined ? await this.#versionAt(blockHash) : ([knownVersion, null] as const);
    const newest = this.#inner._getDefaultRegistry();
    const name = nameOf(version);
    if (nameOf(newest.runtimeVersion) === name) return newest;
    const found = this.#old.get(name) ?? this.#read(blockHash, version, parentHash);
    // Again at the end: the one that was not used for the longest time goes first.
    this.#old.delete(name);
    this.#old.set(name, found);
    found.catch(() => this.#old.delete(name));
    const [oldest] = this.#old.keys();
    if (this.#old.size > MAX_OLD_RUNTIMES && oldest !== undefined) this.#old.delete(oldest);
    return found;
  }

  /** What ran a block is what was there after the one before. */
  async #versionAt(blockHash: Uint8Array): Promise<readonly [RuntimeVersionPartial, Header['hash']]> {
    const isFirst = this.genesisHash.eq(blockHash);
    const parentHash = isFirst ? this.genesisHash : await this.#parentOf(blockHash);
    const found = await (this.rpc.state.getRuntimeVersion as unknown as Raw).raw(parentHash);
    return [this.registry.createType('RuntimeVersionPartial', found), parentHash];
  }

  async #parentOf(blockHash: Uint8Array): Promise<Header['hash']> {
    const known = this.#parents.get(toHex(blockHash));
    if (known !== undefined) return known;
    const header = await (this.rpc.chain.getHeader as unknown as Raw).raw(blockHash);
    const { parentHash } = this.registry.createType('HeaderPartial', header);
    if (parentHash.isEmpty) throw new Error('The block was not found');
    return parentHash;
  }

  async #read(
    blockHash: Uint8Array,
    version: RuntimeVersionPartial,
    parentHash: Header['hash'] | null,
  ): Promise<VersionedRegistry> {
    const registry = new TypeRegistry(blockHash);
    const at = parentHash ?? (await this.#parentOf(blockHash));
    const metadata = await this.#inner._retrieveMetadata(version.apis, at, registry);
    this.#inner._initRegistry(registry, this.#inner._runtimeChain, version, metadata);
    return { counter: 0, lastBlockHash: blockHash, metadata, registry, runtimeVersion: version };
  }

  #subscribeUpdates(): void {
    if (this.#endUpdates !== null) return;
    let isEnded = false;
    let end: (() => void) | null = null;
    this.#endUpdates = () => {
      isEnded = true;
      end?.();
    };
    this.rpc.state
      .subscribeRuntimeVersion((version) => {
        if (isEnded || this.runtimeVersion.specVersion.eq(version.specVersion)) return;
        void this.#upgrade(version, () => isEnded).catch((error: unknown) => this.emit('error', error));
      })
      .then(
        (ended) => {
          if (isEnded) ended();
          else end = ended;
        },
        // The next connection subscribes again.
        () => undefined,
      );
  }

  async #upgrade(version: RuntimeVersion, isEnded: () => boolean): Promise<void> {
    const metadata = await this.#inner._retrieveMetadata(version.apis);
    if (isEnded()) return;
    const newest = this.#inner._getDefaultRegistry();
    Object.assign(this.#inner, { _runtimeMetadata: metadata, _runtimeVersion: version });
    this.#inner._rx.runtimeVersion = version;
    Object.assign(newest, { metadata, runtimeVersion: version });
    this.#inner._initRegistry(this.registry, this.#inner._runtimeChain, version, metadata);
    this.#inner._injectMetadata(newest, true);
    this.#forgetBlocks();
  }
}

const nameOf = ({ specName, specVersion }: RuntimeVersionPartial): string =>
  `${specName.toString()} ${specVersion.toString()}`;
