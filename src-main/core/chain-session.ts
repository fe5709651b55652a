import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { genesisProblem } from '#protocol/chain/genesis.ts';
import { endpointName } from '#protocol/contract/endpoints.ts';
import { errorMessage } from '#protocol/errors.ts';
import type { KeyPair } from '#protocol/keys.ts';
import { abortable } from './abortable.ts';
import { cardMemory } from './card-memory.ts';
import { linkChain } from './chain-link.ts';
import { removeChainFile, writeChainFile } from './chain-file.ts';
import { DEVNET_NETUID, type DevnetIdentities, ROUND_BLOCKS } from './devnet-genesis.ts';
import { createDroppedRounds } from './dropped-rounds.ts';
import { createDevnetSide } from './devnet-side.ts';
import { createEarnings } from './earnings.ts';
import type { Ledger, LedgerAccount } from './ledger.ts';
import { ledgerKeyOf } from './ledger-key.ts';
import { chainText, isOfThisMachine, type Network, NETWORK_WORDS } from './networks.ts';
import { findRegistration } from './registration.ts';
import type { ServicesOptions } from './services.ts';
import type { SessionKeys } from './session-keys.ts';
import type { Failure } from './supervision.ts';
import type { WalletService } from './wallet-service/wallet-service.ts';
import { createWorkerManager, type ConnectedChain, type Membership, type WorkerManager } from './worker-manager.ts';

export interface ChainSessionOptions extends Omit<ServicesOptions, 'network'> {
  readonly network: Network;
  /** For the devnet, with the key that pays there. */
  readonly devnet: { readonly identities: DevnetIdentities; readonly coldkey: KeyPair } | null;
  readonly keys: SessionKeys;
  /** Why the hotkey cannot work; `null` when it can. */
  readonly keyProblem: () => Promise<Failure | null>;
  readonly ledger: Ledger;
  readonly ownersWallet: Pick<WalletService, 'useChain' | 'leaveChain'>;
}

/** All that belongs to one chain: its client, what it pays, the worker, and for the devnet its processes. */
export interface ChainSession {
  readonly worker: WorkerManager;
  start(): void;
  /** Ends the worker, the connection and the devnet, in this order. */
  stop(): Promise<void>;
}

/** Where everybody can be reached from; on a chain of this machine alone nobody has to be. */
const LISTEN_ADDRESS = { everywhere: '/ip4/0.0.0.0/tcp/0', here: '/ip4/127.0.0.1/tcp/0' } as const;

export function createChainSession(options: ChainSessionOptions): ChainSession {
  const { home, store, network, keys, ownersWallet, ledger, nowMs, log } = options;
  const { hotkey } = keys;
  const isDevnet = options.devnet !== null;
  const ledgerKey = ledgerKeyOf(network);
  // Without a subnet the worker does not start, and no payments are read.
  const netuid = network.netuid ?? DEVNET_NETUID;
  const earnings =
    hotkey === null
      ? null
      : createEarnings({
          ...{ ledger, store, hotkey, netuid, nowMs, log },
          shown: shownAtFirst(network, ledger.lastAccount(hotkey), ledgerKey),
          defaultRoundBlocks: ROUND_BLOCKS,
        });

  let announceChain: (chain: ConnectedChain) => void;
  const connected = new Promise<ConnectedChain>((resolve) => (announceChain = resolve));
  let unlink = (): void => undefined;

  function connect(endpoints: readonly string[]): void {
    const { client, orders } = options.connectChain({
      endpoints,
      checkGenesis: (found) => genesisProblem(network, found),
      warn: (message) => log('warning', message),
      onEndpoint: (endpoint, problem) =>
        store.update((draft) => {
          draft.network.endpoint = endpoint;
          draft.network.problem = problem;
        }),
    });
    ownersWallet.useChain(orders, { isDevnet, netuid: network.netuid, ledgerKey });
    store.update((draft) => void (draft.network.endpoint = endpointName(endpoints[0] ?? '')));
    const endLink = linkChain({
      ...{ chain: client, netuid: network.netuid, ledgerKey, keys, store, earnings, nowMs, log },
    });
    unlink = () => {
      endLink();
      client.close();
    };
    announceChain({ client, endpoints });
  }

  const dropped = createDroppedRounds({ store, isDevnet, nowMs });
  const devnet =
    options.devnet === null || hotkey === null
      ? null
      : createDevnetSide({
          ...{ options, ...options.devnet, hotkey, dropped },
          onChain: (url) => connect([url]),
          onChainFailed: (failure) => worker.fail(failure),
        });

  const registered: Membership = {
    step: 'Looking for the hotkey in the subnet',
    usualStartMs: null,
    problem: async (chain: ChainClient, signal: AbortSignal) => {
      if (network.netuid === null) {
        return { code: 'NO_SUBNET', message: `No subnet of ${NETWORK_WORDS[network.name]} is chosen to train in.` };
      }
      const shut = await options.keyProblem();
      if (shut !== null || hotkey === null) return shut;
      const member = { netuid: network.netuid, hotkey, network: NETWORK_WORDS[network.name] };
      const found = await findRegistration(chain, member, signal);
      if (found.kind === 'missing') return found.failure;
      if (found.coldkey !== keys.coldkey) {
        log('warning', `The hotkey belongs to the coldkey ${found.coldkey}, which is paid for its work`);
      }
      return null;
    },
  };

  const worker: WorkerManager = createWorkerManager({
    ...{ home, netuid, processes: options.processes, store, earnings, hotkey: keys.working, nowMs, log },
    dropped,
    threads: () => {
      const { fixedThreads, settings } = store.get();
      return fixedThreads ?? settings.cpuThreads ?? Math.max(1, Math.floor(options.cores / 2));
    },
    workShare: () => {
      const { fixedWorkShare, settings } = store.get();
      return fixedWorkShare ?? settings.workShare;
    },
    blobQuotaBytes: () => {
      const { fixedDiskGiB, settings } = store.get();
      return (fixedDiskGiB ?? settings.diskGiB) * 1024 ** 3;
    },
    vramBytes: () => cardMemory(store.get().hardware),
    chain: (signal) => {
      devnet?.start();
      return abortable(connected, signal);
    },
    membership: devnet?.membership ?? registered,
    members: devnet?.members ?? { start: () => undefined, stop: () => Promise.resolve() },
    listenAddress: isOfThisMachine(network) ? LISTEN_ADDRESS.here : LISTEN_ADDRESS.everywhere,
    expectsRun: devnet === null,
  });

  return {
    worker,
    start: () => {
      if (devnet !== null) {
        devnet.start();
        return;
      }
      connect(network.endpoints);
      try {
        writeChainFile(home, { isDevnet: false, chain: chainText(network) });
      } catch (error) {
        log('warning', `Other commands will have to name the chain: ${errorMessage(error)}`);
      }
    },
    stop: async () => {
      await worker.stop();
      // What follows an order or signs one ends before its connection does.
      ownersWallet.leaveChain();
      unlink();
      earnings?.close();
      await devnet?.stop();
      if (devnet === null) removeChainFile(home);
    },
  };
}

/** Numbers of another chain must not be taken for this one's, so where it is not sure which was last, nothing is shown yet. */
function shownAtFirst(
  { name, genesisHash }: Network,
  last: LedgerAccount | null,
  ledgerKey: (genesisHash: string) => string,
): LedgerAccount | null {
  if (last === null) return null;
  if (genesisHash !== null) return { ...last, genesisHash: ledgerKey(genesisHash) };
  return name === 'devnet' && !last.genesisHash.includes('#') ? last : null;
}
