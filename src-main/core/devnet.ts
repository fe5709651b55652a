import { join } from 'node:path';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import { errorCode, errorMessage } from '#protocol/errors.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import type { ChildMessage, ManifestSummary, ParentMessage } from '#protocol/worker-messages.ts';
import { removeChainFile, writeChainFile } from './chain-file.ts';
import {
  COMPANIONS,
  DEVNET_NETUID,
  devnetGenesis,
  ROUND_BLOCKS,
  TRAIN_BLOCKS,
  type Companion,
  type DevnetIdentities,
} from './devnet-genesis.ts';
import { prefixed, type Log } from './log.ts';
import type { ProcessEntry, ProcessHost } from './process-host.ts';
import { ensureRegistered } from './registration.ts';
import type { Supervision } from './supervision.ts';
import { createSupervisor, type Supervisor } from './supervisor.ts';
import { untilReachable } from './until-reachable.ts';

export interface DevnetOptions {
  readonly home: string;
  readonly processes: ProcessHost;
  readonly identities: DevnetIdentities;
  /** Folder of text that the founding validator publishes. */
  readonly textPath: string;
  /** 0: any free port. */
  readonly chainPort: number;
  /** Called when the chain answers for the first time; its address then stays the same over restarts. */
  readonly onChain: (url: string) => void;
  /** Called when a process of the devnet changes its state, and with `null` when it works. */
  readonly onTrouble?: (name: DevnetProcess, trouble: Trouble | null) => void;
  readonly onManifest?: (manifest: ManifestSummary) => void;
  /** Called with everything that a process of the devnet says, and does. */
  readonly onMessage?: ((name: DevnetProcess, message: ChildMessage) => void) | undefined;
  readonly onChange?: ((name: DevnetProcess, state: Supervision) => void) | undefined;
  readonly nowMs: () => number;
  readonly log: Log;
}

export type DevnetProcess = 'chain' | 'validator' | Companion;
export type Trouble = Exclude<Supervision, { readonly kind: 'stopped' | 'running' }>;

/** Chain, validator and two companion workers: a network in a box, each part its own process with its own restarts. */
export interface Devnet {
  /** Starts the chain, also one that has failed for good. Does nothing when it runs or is about to be started again. */
  start(): void;
  /** Registers the companions and starts them and the validator. Does nothing when they run. */
  startMembers(chain: ChainClient): void;
  /** Ends validator and companions and gives their CPU back; the chain goes on. */
  stopMembers(): Promise<void>;
  /** Ends everything; the chain last, so that the others can say goodbye. */
  stop(): Promise<void>;
}

const MEMBER_GRACE_MS = 1_500;
const CHAIN_GRACE_MS = 1_500;
/** They share the machine with its owner's worker. */
const MEMBER_THREADS = 1;

export function createDevnet(options: DevnetOptions): Devnet {
  const { home, processes, identities, nowMs } = options;
  const log = prefixed(options.log, 'devnet');
  const folder = (name: string): string => join(home, 'devnet', name);
  let chainUrl: string | null = null;
  let chainPort = options.chainPort;
  let starting: AbortController | null = null;

  const supervised = (
    name: DevnetProcess,
    entry: ProcessEntry,
    firstMessage: () => ParentMessage,
    onMessage: (message: ChildMessage) => void = () => undefined,
  ): Supervisor =>
    createSupervisor({
      processes,
      entry,
      name,
      nowMs,
      log,
      firstMessage,
      onMessage: (message) => {
        if (message.kind === 'ready') options.onTrouble?.(name, null);
        options.onMessage?.(name, message);
        onMessage(message);
      },
      onChange: (state) => {
        options.onChange?.(name, state);
        if (state.kind === 'restarting' || state.kind === 'failed') options.onTrouble?.(name, state);
      },
    });

  const chainProcess = supervised(
    'chain',
    'chain',
    () => ({
      kind: 'start-chain',
      dataDir: folder('chain'),
      port: chainPort,
      genesis: devnetGenesis(identities),
    }),
    (message) => {
      if (message.kind !== 'ready') return;
      const port = message.url === null ? null : loopbackPort(message.url);
      if (message.url === null || port === null) {
        log('error', `The chain gave an address that is not a loopback WebSocket: ${String(message.url)}`);
        return;
      }
      if (chainUrl !== null) return;
      chainUrl = message.url;
      chainPort = port;
      writeChainFile(home, { isDevnet: true, chain: message.url });
      options.onChain(message.url);
    },
  );

  const common = (name: DevnetProcess) => ({
    chainUrl: chainUrl ?? '',
    netuid: DEVNET_NETUID,
    dataDir: folder(name),
    threads: MEMBER_THREADS,
    listenAddress: '/ip4/127.0.0.1/tcp/0',
  });

  const validator = supervised(
    'validator',
    'validator',
    () => ({
      kind: 'start-validator',
      ...common('validator'),
      hotkeySeedHex: identities.validator.seedHex,
      found: { textPath: options.textPath, roundBlocks: ROUND_BLOCKS, trainBlocks: TRAIN_BLOCKS },
    }),
    (message) => {
      if (message.kind === 'manifest') options.onManifest?.(message.manifest);
    },
  );

  const companions = COMPANIONS.map((name) =>
    supervised(name, 'worker', () => ({
      kind: 'start-worker',
      ...common(name),
      hotkeySeedHex: identities[name].seedHex,
      cpuOnly: true, // the GPU is for the owner's own worker
    })),
  );

  async function registerCompanions(chain: ChainClient, signal: AbortSignal): Promise<void> {
    for (const name of COMPANIONS) {
      const registration = {
        netuid: DEVNET_NETUID,
        hotkey: hotkeyOf(identities[name].pair),
        coldkey: identities.companions.pair,
      };
      const outcome = await untilReachable(() => ensureRegistered(chain, registration, signal), { signal, log });
      if (outcome.kind === 'refused') log('error', `The chain refused to register ${name}: ${outcome.message}`);
    }
  }

  async function bringUp(chain: ChainClient, signal: AbortSignal): Promise<void> {
    validator.start();
    await registerCompanions(chain, signal);
    if (!signal.aborted) for (const companion of companions) companion.start();
  }

  async function stopMembers(): Promise<void> {
    starting?.abort();
    starting = null;
    await Promise.all([validator, ...companions].map((member) => member.stop(MEMBER_GRACE_MS)));
  }

  return {
    start: () => chainProcess.start(),
    startMembers: (chain) => {
      if (starting !== null) return;
      const controller = new AbortController();
      starting = controller;
      void bringUp(chain, controller.signal).catch((error: unknown) => {
        if (errorCode(error) !== 'ABORTED') log('error', `The companions could not be started: ${errorMessage(error)}`);
      });
    },
    stopMembers,
    stop: async () => {
      await stopMembers();
      removeChainFile(home);
      await chainProcess.stop(CHAIN_GRACE_MS);
    },
  };
}

function loopbackPort(url: string): number | null {
  const match = /^ws:\/\/127\.0\.0\.1:(\d{1,5})\/?$/.exec(url);
  const port = Number(match?.[1]);
  return port > 0 && port < 65_536 ? port : null;
}
