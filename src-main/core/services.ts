import { castDraft } from 'immer';
import type { ExtensionState } from '#protocol/contract/extension.ts';
import type { HardwareState, NetworkChoice, Settings } from '#protocol/contract/state.ts';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { AppOptions } from './app.ts';
import { createChainSession, type ChainSession, type ChainSessionOptions } from './chain-session.ts';
import type { CommandHandlers } from './commands.ts';
import type { ChainAccess, ChainTarget } from './connect-chain.ts';
import { openDevnetIdentities } from './devnet-genesis.ts';
import { createExtensionBridge } from './extension/bridge.ts';
import { describeChain } from './extension/extension-chain.ts';
import { extensionHandlers } from './extension/extension-handlers.ts';
import { hardwareWithoutProbe, scanHardware } from './hardware-scan.ts';
import { NO_EARNINGS, unmetNetwork } from './initial-state.ts';
import { keyHandlers } from './keys/key-handlers.ts';
import { openKeyring } from './keys/keyring.ts';
import { NO_KEYCHAIN } from './keys/secret-box.ts';
import { openLedger } from './ledger.ts';
import { isSameNetwork, networkOf } from './networks.ts';
import { removeNotice, showNotice } from './notices.ts';
import { areSameKeys, devnetKeys, keyProblem, realKeys, type SessionKeys } from './session-keys.ts';
import { loadSettings, mergeSettings, saveSettings } from './settings.ts';
import type { AppStore } from './store.ts';
import { openWallet } from './keys/wallet.ts';
import type { WalletSigners } from './wallet-service/signers.ts';
import { createWalletService } from './wallet-service/wallet-service.ts';

export interface ServicesOptions extends AppOptions {
  readonly store: AppStore;
  readonly connectChain: (target: ChainTarget) => ChainAccess;
}

/** What runs between `start` and `stop` of the app, wired together. */
export interface Services {
  readonly handlers: CommandHandlers;
  start(): void;
  stop(): Promise<void>;
}

/** Opens everything that lies on the disk. @throws MillraceError SETTINGS, DATABASE */
export function openServices(options: ServicesOptions): Services {
  const { home, store, processes, nowMs, log } = options;
  const closing = new AbortController();
  const notice = (id: string, level: 'warning' | 'error', message: string): void =>
    showNotice(store, { id, level, message, atMs: nowMs() });

  // The ledger comes last: what fails before it leaves no open database behind.
  const wallet = openWallet(home);
  const keyring = openKeyring({
    home,
    secretBox: options.secretBox ?? (() => Promise.resolve(NO_KEYCHAIN)),
    walletsFolder: options.walletsFolder ?? null,
    onChange: (keys) => {
      store.update((draft) => void (draft.keys = castDraft(keys)));
      followKeys();
    },
    ...{ nowMs, log },
    ...(options.deriveKey === undefined ? {} : { derive: options.deriveKey }),
  });
  const loaded = loadSettings(home, nowMs());
  const chosen = (): NetworkChoice => store.get().fixedNetwork ?? store.get().settings;
  const first = store.get().fixedNetwork ?? loaded.settings;
  const membersOf = ({ chain }: NetworkChoice): ChainSessionOptions['devnet'] =>
    chain === 'devnet' ? { identities: openDevnetIdentities(home), coldkey: wallet.coldkey.pair } : null;
  const keysOf = ({ chain }: NetworkChoice): SessionKeys =>
    chain === 'devnet' ? devnetKeys(wallet) : realKeys(keyring);
  const members = membersOf(first);
  const { ledger, damagedPath } = openLedger(home, nowMs());

  store.update((draft) => {
    draft.settings = castDraft(loaded.settings);
    draft.network = unmetNetwork(networkOf(first));
  });
  if (loaded.damagedPath !== null) {
    const message = `The settings file was damaged. It was kept as ${loaded.damagedPath}; the default settings hold.`;
    notice('settings-damaged', 'warning', message);
  }
  if (damagedPath !== null) {
    const message = `The earnings database was damaged. It was kept as ${damagedPath}; earnings are read again from the chain.`;
    notice('ledger-damaged', 'warning', message);
  }

  const showExtension = (state: ExtensionState): void =>
    store.update((draft) => void (draft.extension = castDraft(state)));
  const extension = createExtensionBridge({
    ...{ nowMs, log, folder: options.extensionPage, openUrl: options.openUrl },
    onChange: showExtension,
  });

  const signers: WalletSigners = {
    devnet: wallet.coldkey.pair,
    unlock: (password) => keyring.coldkeySigner(password),
    extension: async ({ address, shown, chain, signal }) => {
      const described = await chain.connection.ask('Describing the chain', describeChain, signal);
      return extension.signerFor(address, { shown, chain: described, signal });
    },
  };
  const ownersWallet = openOwnersWallet();
  function openOwnersWallet() {
    try {
      return createWalletService({ home, store, signers, ledger, nowMs, log });
    } catch (error) {
      ledger.close();
      throw error;
    }
  }

  const open = (choice: NetworkChoice, devnet: ChainSessionOptions['devnet']): ChainSession => {
    const keys = keysOf(choice);
    usedKeys = keys;
    store.update(({ wallet: shown }) => {
      shown.kind = keys.hotkey === null && keys.coldkey === null ? 'missing' : 'ready';
      [shown.hotkey, shown.coldkey] = [keys.hotkey, keys.coldkey];
    });
    return createChainSession({
      ...{ ...options, network: networkOf(choice), devnet, keys, ledger, ownersWallet },
      keyProblem: async () => {
        await keysOpened;
        return keyProblem(keyring);
      },
    });
  };
  let usedKeys: SessionKeys;
  /** The system's keychain may ask a person first. */
  let keysOpened: Promise<void> = Promise.resolve();
  let session = open(first, members);
  let switching: Promise<void> | null = null;

  /** One chain ends before the next begins; who asks meanwhile has the newest choice. */
  const switchNetwork = (): Promise<void> => {
    const done = (switching ?? Promise.resolve()).then(goTo).finally(() => {
      if (switching === done) switching = null;
    });
    switching = done.catch(() => undefined);
    return done;
  };

  /** Other keys are other numbers, another account and another worker. */
  function followKeys(): void {
    const keys = keysOf(chosen());
    if (closing.signal.aborted || areSameKeys(keys, usedKeys)) return;
    // The keyring tells of more than keys, also while the switch goes on.
    usedKeys = keys;
    switchNetwork().catch((error: unknown) => log('warning', errorMessage(error)));
  }

  async function goTo(): Promise<void> {
    const choice = chosen();
    const network = networkOf(choice);
    const devnet = membersOf(choice);
    await session.stop();
    if (closing.signal.aborted) return;
    store.update((draft) => {
      draft.network = unmetNetwork(network);
      draft.earnings = castDraft(NO_EARNINGS);
      draft.rounds = [];
      Object.assign(draft.wallet, { balanceRao: null, registered: false, stake: null });
    });
    session = open(choice, devnet);
    session.start();
  }

  /** A chain that cannot be used is not kept: every start would fail on it. @throws MillraceError, in words for the owner */
  async function switchOrStay(before: Settings, next: Settings): Promise<void> {
    try {
      await switchNetwork();
    } catch (cause) {
      const now = store.get().settings;
      // Who chose another one meanwhile goes there.
      if (closing.signal.aborted || !isSameNetwork(now, next)) throw cause;
      const { chain, customEndpoints, netuid } = before;
      const restored = { ...now, chain, customEndpoints, netuid };
      store.update((draft) => void (draft.settings = castDraft(restored)));
      const words = [`The chain could not be changed: ${sentence(cause)}`];
      try {
        saveSettings(home, restored);
      } catch (error) {
        words.push(`At the next start it is tried again, because ${sentence(error)}`);
      }
      await switchNetwork().then(
        () => words.push('The one before is used again.'),
        (error: unknown) => words.push(`Nor does the one before work now: ${sentence(error)} Start Millrace anew.`),
      );
      throw new MillraceError('SETTINGS', words.join(' '), { cause });
    }
  }

  const showHardware = (hardware: HardwareState): void =>
    store.update((draft) => void (draft.hardware = castDraft(hardware)));

  let scanning: Promise<void> | null = null;
  /** One probe at a time: whoever asks again waits for the same answer. */
  const rescan = (): Promise<void> => (scanning ??= scan().finally(() => (scanning = null)));

  async function scan(): Promise<void> {
    const before = store.get().hardware;
    showHardware({ kind: 'detecting' });
    try {
      showHardware(await scanHardware(processes, closing.signal));
      removeNotice(store, 'hardware-failed');
    } catch (error) {
      if (closing.signal.aborted) return;
      const message = errorMessage(error);
      showHardware(before.kind === 'ready' ? before : hardwareWithoutProbe(message, nowMs()));
      notice('hardware-failed', 'warning', message);
      throw error;
    }
  }

  const handlers: CommandHandlers = {
    'work.start': async () => {
      if (switching !== null) await switching;
      session.worker.start();
    },
    'work.pause': async () => {
      if (switching !== null) await switching;
      await session.worker.pause();
    },
    'hardware.rescan': rescan,
    'settings.update': async (patch) => {
      const { settings, fixedThreads, fixedWorkShare, fixedDiskGiB, fixedNetwork } = store.get();
      const next = mergeSettings(settings, patch);
      networkOf(next); // refuses a chain without an address
      saveSettings(home, next);
      store.update((draft) => void (draft.settings = castDraft(next)));
      if (fixedNetwork === null && !isSameNetwork(next, settings)) await switchOrStay(settings, next);
      const { worker } = session;
      if (fixedWorkShare === null && next.workShare !== settings.workShare) worker.changePace();
      const isOther =
        (fixedThreads === null && next.cpuThreads !== settings.cpuThreads) ||
        (fixedDiskGiB === null && next.diskGiB !== settings.diskGiB);
      if (isOther) await worker.restart();
    },
    'notice.dismiss': ({ id }) => removeNotice(store, id),
    'app.restart': () => {
      if (options.restart === undefined) throw new MillraceError('USAGE', 'Start Millrace again where it was started.');
      options.restart();
    },
    ...ownersWallet.handlers,
    ...keyHandlers(keyring),
    ...extensionHandlers({
      bridge: extension,
      mayKeep: () => keyring.requireNoColdkey(),
      keep: ({ address, source }) => keyring.useExtension(address, source),
      ...{ state: () => store.get().extension, show: showExtension, log },
    }),
  };

  return {
    handlers,
    start: () => {
      keysOpened = keyring.start(options.hotkeyPassword ?? null);
      session.start();
      rescan().catch((error: unknown) => log('warning', errorMessage(error)));
      if (store.get().settings.startOnLaunch) session.worker.start();
    },
    stop: async () => {
      closing.abort();
      keyring.close();
      await switching;
      await Promise.all([session.stop(), extension.close(), scanning?.catch(() => undefined)]);
      ownersWallet.close();
      ledger.close();
    },
  };
}

const sentence = (error: unknown): string => `${errorMessage(error).replace(/\.$/, '')}.`;
