import { WebSocket } from 'ws';
import type { State } from '#network/devnet/runtime/state.ts';
import { foundSubnet } from '#network/devnet/pallets/subtensor/genesis-subnet.ts';
import type { SentCall } from '#protocol/chain/subtensor/call-life.ts';
import type { CallSigner } from '#protocol/chain/subtensor/send-call.ts';
import { coldkeyOf, type KeyPair } from '#protocol/keys.ts';
import type { OrderEnd, OrderProgress } from '#main/core/staking/follow-order.ts';
import { connectLiveChain, type LiveChain } from '#protocol/chain/subtensor/live-chain.ts';
import type { QuotedOrder } from '#main/core/staking/order-calls.ts';
import type { Order } from '#main/core/staking/orders.ts';
import { placeOrders } from '#main/core/staking/place-orders.ts';
import { DEFAULT_TERMS, type Quote, quoteOrder, type QuoteTerms } from '#main/core/staking/quote.ts';
import { readFacts } from '#main/core/staking/read-facts.ts';
import { readStakeOverview, type StakeOverview } from '#main/core/staking/read-stake.ts';
import { accountNamed, OWNER, POOL } from '../../../support/devnet-calls.ts';
import { sr25519PairFromUri } from '../../../support/devnet-keys.ts';
import { startTestDevnet, type TestDevnet } from '../../../support/devnet.ts';

export const alice = sr25519PairFromUri('//Alice');
/** Subnet 2, where one alpha costs 0.1 TAO too, and its hotkey. */
export const SECOND = 2;
export const SECOND_HOTKEY = accountNamed('second');

export interface StakingScene {
  readonly devnet: TestDevnet;
  readonly chain: LiveChain;
  /** Lets this machine's clock go on by so much. */
  readonly wait: (ms: number) => void;
  /** Blocks that come one after the other, as many as are asked for. */
  readonly pass: (blocks: number) => void;
  readonly overview: (who?: KeyPair) => Promise<StakeOverview>;
  readonly quote: (order: Order, terms?: QuoteTerms) => Promise<ReturnType<typeof quoteOrder>>;
  /** @throws Error when it is refused */
  readonly quoted: (order: Order, terms?: QuoteTerms) => Promise<QuotedOrder & { readonly quote: Quote }>;
  /** Signs and sends; blocks come until it is final. */
  readonly place: (orders: readonly QuotedOrder[], options?: PlaceOptions) => Promise<Placed>;
  /** Another connection to the same chain, as after a restart. @param url where it is not the devnet's own server */
  readonly connect: (url?: string) => LiveChain;
  readonly close: () => Promise<void>;
}

interface PlaceOptions {
  readonly signer?: CallSigner;
  readonly writeDown?: (sent: SentCall) => void;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: OrderProgress) => void;
}

interface Placed {
  readonly end: OrderEnd;
  readonly progress: readonly OrderProgress[];
}

/** A devnet of two subnets, on which Alice has 1,000 TAO, and what the wallet does with it. Blocks come only as the test makes them. */
export async function startStakingScene(genesis?: (state: State) => void): Promise<StakingScene> {
  const devnet = await startTestDevnet(null, (state) => {
    foundSubnet(state, { netuid: SECOND, coldkey: OWNER, hotkey: SECOND_HOTKEY, tempo: 10, ...POOL });
    genesis?.(state);
  });
  const chains: LiveChain[] = [];
  let waitedMs = 0;
  const nowMs = (): number => Date.now() + waitedMs;
  const connect = (url = devnet.url): LiveChain => {
    const options = { endpoints: [url], webSocket: WebSocket, timeoutMs: 10_000 };
    const chain = connectLiveChain(options, () => undefined, nowMs);
    chains.push(chain);
    return chain;
  };
  const chain = connect();
  const { connection } = chain;
  const pass = (blocks: number): void => {
    for (let i = 0; i < blocks; i += 1) devnet.node.produceBlock(nowMs());
  };
  const quote = async (order: Order, terms = DEFAULT_TERMS) =>
    quoteOrder(order, await connection.ask('facts', (api) => readFacts(api, coldkeyOf(alice), order)), terms);

  return {
    ...{ devnet, chain, pass, quote, connect },
    wait: (ms) => void (waitedMs += ms),
    overview: (who = alice) => connection.ask('overview', (api) => readStakeOverview(api, coldkeyOf(who))),
    async quoted(order, terms) {
      const found = await quote(order, terms);
      if (found.kind === 'refused') throw new Error(found.message);
      return { order, quote: found };
    },
    async place(orders, { signer = alice, writeDown = () => undefined, signal, onProgress } = {}) {
      const progress: OrderProgress[] = [];
      const end = await placeOrders(
        chain,
        {
          ...{ orders, signer, writeDown },
          onProgress: (each) => {
            progress.push(each);
            onProgress?.(each);
            // The transaction's own block, and those that make it final.
            if (each.kind === 'pending') pass(1);
            if (each.kind === 'in-block') pass(3);
          },
        },
        signal ?? new AbortController().signal,
      );
      return { end, progress };
    },
    async close() {
      for (const each of chains) each.close();
      await devnet.close();
    },
  };
}
