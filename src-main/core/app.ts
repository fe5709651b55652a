import type { CommandReply } from '#protocol/contract/commands.ts';
import type { AppState, NetworkChoice } from '#protocol/contract/state.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import { runCommand } from './commands.ts';
import { connectChain, type ChainAccess, type ChainTarget } from './connect-chain.ts';
import type { DevnetOptions } from './devnet.ts';
import { createHome } from './home.ts';
import type { DeriveKey } from './btwallet/derive-key-aside.ts';
import type { SecretBox } from './keys/secret-box.ts';
import { lockHome } from './home-lock.ts';
import { initialState } from './initial-state.ts';
import type { Log } from './log.ts';
import type { ProcessHost } from './process-host.ts';
import { createStore, type AppStore } from './store.ts';
import { openServices, type Services } from './services.ts';

export interface AppOptions {
  /** Absolute; created when missing. Everything persistent lies in it. */
  readonly home: string;
  readonly host: AppState['host'];
  readonly version: string;
  readonly processes: ProcessHost;
  readonly nowMs: () => number;
  readonly cores: number;
  readonly log: Log;
  /** Folder of the text that the devnet trains on. */
  readonly textPath: string;
  /** Overrides the setting, and the dashboard says so. */
  readonly threads?: number | undefined;
  /** The same; see Settings. */
  readonly workShare?: number | undefined;
  /** The same; see Settings. */
  readonly diskGiB?: number | undefined;
  /** The same: chain and subnet. */
  readonly network?: NetworkChoice | undefined;
  /** Folder of the built page on which a browser extension signs: `dist/extension-page`. */
  readonly extensionPage: string;
  /** Shows the owner a link to that page: opens the browser, or prints it. */
  readonly openUrl: (url: string) => void;
  /** Called with everything that a process of the devnet says, and does. */
  readonly onMessage?: DevnetOptions['onMessage'];
  readonly onChange?: DevnetOptions['onChange'];
  /** For tests: how to reach a chain. */
  readonly connectChain?: (target: ChainTarget) => ChainAccess;
  /** Quits and starts the app anew, where a host can. */
  readonly restart?: () => void;
  /** The system's keychain, which only a desktop has. */
  readonly secretBox?: () => Promise<SecretBox>;
  /** Where btwallet's wallets lie; without it none are looked for. */
  readonly walletsFolder?: string;
  /** Opens the hotkey of a machine without a person; never from an argument or the environment. */
  readonly hotkeyPassword?: string | null;
  /** For tests: derives keys without their seconds. */
  readonly deriveKey?: DeriveKey;
}

/** The whole of main without a window: a host shows it and passes on what its clients want. */
export interface App {
  readonly store: AppStore;
  /** Checks name and payload against the contract: hand in what came over the wire. Never rejects. */
  command(name: unknown, payload: unknown): Promise<CommandReply>;
  /**
   * Resolves when the stored state is loaded; devnet and hardware detection go on in the background.
   * @throws MillraceError ALREADY_RUNNING, DATABASE, SETTINGS; nothing is left running then
   */
  start(): Promise<void>;
  /** Ends every process in order and closes the ledger. Idempotent; never rejects. */
  stop(): Promise<void>;
}

type Phase =
  | { readonly kind: 'new' }
  | { readonly kind: 'running'; readonly services: Services; readonly release: () => void }
  | { readonly kind: 'stopped'; readonly done: Promise<void> };

export function createApp(options: AppOptions): App {
  const fixed = {
    ...{ fixedThreads: options.threads ?? null, fixedWorkShare: options.workShare ?? null },
    ...{ fixedDiskGiB: options.diskGiB ?? null, fixedNetwork: options.network ?? null },
  };
  const store = createStore(initialState(options.version, options.host, fixed));
  let phase: Phase = { kind: 'new' };

  function open(): Services {
    createHome(options.home);
    const lock = lockHome(options.home);
    try {
      const services = openServices({
        ...options,
        connectChain: options.connectChain ?? connectChain,
        store,
      });
      phase = { kind: 'running', services, release: () => lock.release() };
      return services;
    } catch (error) {
      lock.release();
      throw error;
    }
  }

  async function close({ services, release }: Extract<Phase, { readonly kind: 'running' }>): Promise<void> {
    try {
      await services.stop();
    } catch (error) {
      options.log('error', `Stopping failed: ${errorMessage(error)}`);
    } finally {
      release();
    }
  }

  return {
    store,
    command: async (name, payload) => {
      if (phase.kind !== 'running') return { ok: false, code: 'NOT_RUNNING', message: 'Millrace is not running' };
      return runCommand(phase.services.handlers, name, payload);
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- the port is asynchronous: opening may come to wait
    start: async () => {
      if (phase.kind !== 'new') throw new MillraceError('USAGE', 'An app starts once');
      open().start();
    },
    stop: async () => {
      if (phase.kind === 'running') phase = { kind: 'stopped', done: close(phase) };
      if (phase.kind === 'stopped') await phase.done;
      else phase = { kind: 'stopped', done: Promise.resolve() };
    },
  };
}
