import { castDraft } from 'immer';
import type { ChainClient } from '#protocol/chain/chain-client.ts';
import type { HardwareState } from '#protocol/contract/state.ts';
import { errorMessage } from '#protocol/errors.ts';
import { coldkeyOf, hotkeyOf } from '#protocol/keys.ts';
import { abortable } from './abortable.ts';
import { cardMemory } from './card-memory.ts';
import type { AppOptions } from './app.ts';
import { linkChain } from './chain-link.ts';
import type { CommandHandlers } from './commands.ts';
import { giveDevnetTao } from './devnet-tao.ts';
import { createDevnet, type DevnetProcess, type Trouble } from './devnet.ts';
import { DEVNET_NETUID, openDevnetIdentities, ROUND_BLOCKS } from './devnet-genesis.ts';
import { createEarnings } from './earnings.ts';
import { hardwareWithoutProbe, scanHardware } from './hardware-scan.ts';
import { openLedger } from './ledger.ts';
import { removeNotice, showNotice } from './notices.ts';
import { loadSettings, mergeSettings, saveSettings } from './settings.ts';
import type { AppStore } from './store.ts';
import { openWallet } from './wallet.ts';
import type { OrderChain } from './staking/order-chain.ts';
import { createWalletService } from './wallet-service/wallet-service.ts';
import { createWorkerManager, type ConnectedChain } from './worker-manager.ts';

export interface ServicesOptions extends AppOptions {
  readonly store: AppStore;
  readonly connectChain: (url: string) => ChainClient;
  readonly connectOrders: (url: string) => OrderChain;
}

/** What runs between `start` and `stop` of the app, wired together. */
export interface Services {
  readonly handlers: CommandHandlers;
  start(): void;
  stop(): Promise<void>;
}

/** A process that fails this often in a row is worth the owner's attention. */
const TROUBLE_AFTER_ATTEMPTS = 3;

/** Opens everything that lies on the disk. @throws MillraceError SETTINGS, DATABASE */
export function openServices(options: ServicesOptions): Services {
  const { home, store, processes, nowMs, log } = options;
  const closing = new AbortController();
  const notice = (id: string, level: 'warning' | 'error', message: string): void =>
    showNotice(store, { id, level, message, atMs: nowMs() });

  // The ledger comes last: what fails before it leaves no open database behind.
  const wallet = openWallet(home);
  const identities = openDevnetIdentities(home);
  const loaded = loadSettings(home, nowMs());
  const { ledger, damagedPath } = openLedger(home, nowMs());

  store.update((draft) => {
    draft.settings = loaded.settings;
    draft.wallet.kind = 'ready';
    draft.wallet.hotkey = hotkeyOf(wallet.hotkey.pair);
    draft.wallet.coldkey = coldkeyOf(wallet.coldkey.pair);
  });
  if (loaded.damagedPath !== null) {
    const message = `The settings file was damaged. It was kept as ${loaded.damagedPath}; the default settings hold.`;
    notice('settings-damaged', 'warning', message);
  }
  if (damagedPath !== null) {
    const message = `The earnings database was damaged. It was kept as ${damagedPath}; earnings are read again from the chain.`;
    notice('ledger-damaged', 'warning', message);
  }

  const hotkey = hotkeyOf(wallet.hotkey.pair);
  const earnings = createEarnings({
    ledger,
    store,
    hotkey,
    netuid: DEVNET_NETUID,
    defaultRoundBlocks: ROUND_BLOCKS,
    nowMs,
    log,
  });

  const ownersWallet = openOwnersWallet();
  function openOwnersWallet() {
    try {
      const signers = { devnet: wallet.coldkey.pair };
      return createWalletService({ home, store, signers, ledger, netuid: DEVNET_NETUID, nowMs, log });
    } catch (error) {
      ledger.close();
      throw error;
    }
  }

  let announceChain: (chain: ConnectedChain) => void;
  const connected = new Promise<ConnectedChain>((resolve) => (announceChain = resolve));
  let unlink = (): void => undefined;

  const devnet = createDevnet({
    home,
    processes,
    identities,
    textPath: options.textPath,
    chainPort: 0,
    onChain: (url) => {
      const client = options.connectChain(url);
      const endLink = linkChain({ chain: client, netuid: DEVNET_NETUID, wallet, store, earnings, nowMs, log });
      unlink = () => {
        endLink();
        client.close();
      };
      ownersWallet.useChain(options.connectOrders(url), true);
      announceChain({ client, url });
    },
    onTrouble: (name, trouble) => showTrouble(name, trouble),
    onManifest: ({ round, selected, announced, evalLoss }) =>
      log('info', `Round ${round}: ${selected} of ${announced} updates selected, loss ${evalLoss.toFixed(3)}`),
    ...{ onMessage: options.onMessage, onChange: options.onChange },
    nowMs,
    log,
  });

  function showTrouble(name: DevnetProcess, trouble: Trouble | null): void {
    const id = `devnet-${name}`;
    if (trouble === null) removeNotice(store, id);
    else if (trouble.kind === 'failed') {
      const message = `The devnet's ${name} has stopped: ${trouble.failure.message}`;
      notice(id, 'error', message);
      // Without a chain there is nothing to earn; without a companion there is.
      if (name === 'chain') worker.fail({ code: trouble.failure.code, message });
    } else if (trouble.attempt >= TROUBLE_AFTER_ATTEMPTS)
      notice(id, 'error', `The devnet's ${name} keeps stopping: ${trouble.reason}. It is started again.`);
  }

  const worker = createWorkerManager({
    home,
    netuid: DEVNET_NETUID,
    processes,
    store,
    earnings,
    wallet,
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
      // Does nothing when it runs. One that had failed for good may have been repaired by now.
      devnet.start();
      return abortable(connected, signal);
    },
    fund: (chain, signal) =>
      giveDevnetTao({ chain, from: identities.companions.pair, to: coldkeyOf(wallet.coldkey.pair), log }, signal),
    members: { start: (chain) => devnet.startMembers(chain), stop: () => devnet.stopMembers() },
    nowMs,
    log,
  });

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
    'work.start': () => worker.start(),
    'work.pause': () => worker.pause(),
    'hardware.rescan': rescan,
    'settings.update': async (patch) => {
      const { settings, fixedThreads, fixedWorkShare, fixedDiskGiB } = store.get();
      const next = mergeSettings(settings, patch);
      saveSettings(home, next);
      store.update((draft) => void (draft.settings = next));
      if (fixedWorkShare === null && next.workShare !== settings.workShare) worker.changePace();
      const isOther =
        (fixedThreads === null && next.cpuThreads !== settings.cpuThreads) ||
        (fixedDiskGiB === null && next.diskGiB !== settings.diskGiB);
      if (isOther) await worker.restart();
    },
    'notice.dismiss': ({ id }) => removeNotice(store, id),
    ...ownersWallet.handlers,
  };

  return {
    handlers,
    start: () => {
      devnet.start();
      rescan().catch((error: unknown) => log('warning', errorMessage(error)));
      if (store.get().settings.startOnLaunch) worker.start();
    },
    stop: async () => {
      closing.abort();
      await Promise.all([worker.stop(), scanning?.catch(() => undefined)]);
      unlink();
      ownersWallet.close();
      earnings.close();
      await devnet.stop();
      ledger.close();
    },
  };
}
