import { onTestFinished, vi } from 'vitest';
import type { State } from '#network/devnet/runtime/state.ts';
import { runCommand, type CommandHandlers } from '#main/core/commands.ts';
import { initialState } from '#main/core/initial-state.ts';
import type { Payment } from '#main/core/ledger.ts';
import { createStore, type AppStore } from '#main/core/store.ts';
import type { WalletSigners } from '#main/core/wallet-service/signers.ts';
import { createWalletService, type WalletService } from '#main/core/wallet-service/wallet-service.ts';
import type { CommandName } from '#protocol/contract/commands.ts';
import type { OrderInput, OrderRecord, OrderStatus, QuoteReply } from '#protocol/contract/wallet.ts';
import { coldkeyOf } from '#protocol/keys.ts';
import { NETUID } from '../../../support/devnet-calls.ts';
import { temporaryHome } from '../../temporary-home.ts';
import { alice, startStakingScene, type StakingScene } from '../staking/staking-scene.ts';

export interface WalletScene {
  readonly chain: StakingScene;
  readonly home: string;
  readonly wallet: RunningWallet;
  /** Ends this one as a quit does, and begins another over the same data folder. */
  restart(): Promise<RunningWallet>;
}

export interface RunningWallet {
  readonly store: AppStore;
  readonly service: WalletService;
  readonly logs: readonly string[];
  /** Checks the payload as the real thing does. @throws Error when it is refused */
  command(name: CommandName, payload: unknown): Promise<unknown>;
  quote(order: OrderInput, tolerancePpm?: number): Promise<QuoteReply>;
  /** @throws Error when it is refused */
  quoteId(order: OrderInput): Promise<string>;
  order(id: string): OrderRecord | undefined;
  /** Waits until the order's status is of this kind; blocks come meanwhile as it needs them. */
  until(id: string, kind: OrderStatus['kind']): Promise<OrderRecord>;
}

export interface WalletSceneOptions {
  readonly genesis?: (state: State) => void;
  readonly signers?: WalletSigners;
  readonly isDevnet?: boolean;
  readonly nowMs?: () => number;
  readonly payments?: readonly Payment[];
}

/** A devnet on which Alice has 1,000 TAO, and the app's wallet, whose coldkey is hers. Blocks come as a sent order needs them. */
export async function startWalletScene(options: WalletSceneOptions = {}): Promise<WalletScene> {
  const chain = await startStakingScene(options.genesis);
  onTestFinished(() => chain.close());
  const home = temporaryHome();
  let running = await startWallet(chain, home, options);
  return {
    ...{ chain, home },
    get wallet() {
      return running;
    },
    async restart() {
      running.service.close();
      running = await startWallet(chain, home, options);
      return running;
    },
  };
}

async function startWallet(chain: StakingScene, home: string, options: WalletSceneOptions): Promise<RunningWallet> {
  const { signers = { devnet: alice }, isDevnet = true, nowMs = Date.now } = options;
  const store = createStore(initialState('1.2.3', 'headless'));
  store.update((draft) => void (draft.wallet.coldkey = coldkeyOf(alice)));
  const logs: string[] = [];
  const ledger = { payments: () => options.payments ?? [] };
  const service = createWalletService({
    ledger,
    home,
    store,
    signers,
    nowMs,
    log: (_, message) => logs.push(message),
  });
  onTestFinished(() => service.close());
  service.useChain(chain.connect(), { isDevnet, netuid: NETUID, ledgerKey: (genesisHash) => genesisHash });
  await vi.waitFor(() => {
    if (store.get().wallet.stake === null) throw new Error(`The stake was not read: ${logs.join('; ')}`);
  }, WAITING);

  const command = async (name: CommandName, payload: unknown): Promise<unknown> => {
    const reply = await runCommand(service.handlers as CommandHandlers, name, payload);
    if (!reply.ok) throw Object.assign(new Error(reply.message), { code: reply.code });
    return reply.value;
  };
  const quote = async (order: OrderInput, tolerancePpm = 10_000): Promise<QuoteReply> =>
    (await command('wallet.quote', { order, tolerancePpm, isTyped: false })) as QuoteReply;
  const order = (id: string) => store.get().wallet.orders.find((each) => each.id === id);
  return {
    ...{ store, service, logs, command, quote, order },
    async quoteId(input) {
      const reply = await quote(input);
      if (reply.kind === 'refused') throw new Error(reply.message);
      return reply.quoteId;
    },
    async until(id, kind) {
      for (let madeFinal = false; ;) {
        const found = await vi.waitFor(() => {
          if (chain.devnet.node.pool.entries.length > 0) chain.pass(1);
          const now = order(id);
          if (now?.status.kind === kind || (now?.status.kind === 'in-block' && !madeFinal)) return now;
          throw new Error(`The order is ${JSON.stringify(now?.status)}; ${logs.join('; ')}`);
        }, WAITING);
        if (found.status.kind === kind) return found;
        madeFinal = true;
        chain.pass(3);
      }
    },
  };
}

const WAITING = { interval: 5, timeout: 10_000 };
