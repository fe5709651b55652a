import { check } from '../envelope.ts';
import { MillraceError, ProtocolError } from '../errors.ts';
import type { Coldkey } from '../ids.ts';
import type { KeyPair } from '../keys.ts';
import { alpha } from '../units.ts';
import type { BlockHeader, CallOutcome, ChainCall, ChainClient, ChainConnection, ChainInfo } from './chain-client.ts';
import { createLatest } from './latest.ts';
import { createRpcTransport, type WebSocketConstructor } from './rpc-transport.ts';
import { sealCall } from './signed-call.ts';
import { blockHeaderSchema, NEW_BLOCK } from './wire.ts';

export interface RpcChainClientOptions {
  /** `ws://127.0.0.1:PORT` of a devnet chain. */
  readonly url: string;
  /** The browser's `WebSocket`, or that of `ws`. */
  readonly webSocket: WebSocketConstructor;
  readonly timeoutMs?: number;
  /** For `submit`, which waits for a block. */
  readonly submitTimeoutMs?: number;
}

/** In an object, because an async function would wait for a bare promise, and with it hold up the signer's next call. */
interface Sent {
  readonly outcome: Promise<CallOutcome>;
}

/**
 * A `ChainClient` of the devnet chain. Connects at once, reconnects by itself, and goes on only with the chain that it first
 * met: an impostor with another genesis counts as unreachable.
 * @throws ProtocolError when the URL is not a WebSocket URL
 */
export function createRpcChainClient(options: RpcChainClientOptions): ChainClient {
  const { url, webSocket, timeoutMs = 10_000, submitTimeoutMs = 60_000 } = options;
  if (!/^wss?:\/\//.test(url) || !URL.canParse(url)) throw new ProtocolError(`Not a WebSocket URL: ${url}`);

  const heads = createLatest<BlockHeader>();
  const connection = createLatest<ChainConnection>();
  connection.set('connecting');
  let knownInfo: ChainInfo | null = null;
  /** One after the other for each signer, so that calls arrive in the order of their nonces. */
  const turns = new Map<string, Promise<unknown>>();

  const onHead = (head: BlockHeader): void => {
    if (heads.current()?.hash !== head.hash) heads.set(head);
  };

  const transport = createRpcTransport({
    url,
    webSocket,
    timeoutMs,
    async handshake(request) {
      const info = await request('chain_info', {});
      if (knownInfo !== null && knownInfo.genesisHash !== info.genesisHash) {
        throw new MillraceError('CHAIN_REFUSED', `another chain answers there now (${info.genesisHash.slice(0, 8)})`);
      }
      knownInfo = info;
      onHead(await request('chain_subscribeBlocks', {}));
    },
    onNotification(method, params) {
      if (method === NEW_BLOCK) onHead(check(blockHeaderSchema, params, 'New block'));
    },
    onState(state) {
      if (connection.current() !== state) connection.set(state);
    },
  });

  const info = async (signal?: AbortSignal): Promise<ChainInfo> =>
    knownInfo ?? transport.request('chain_info', {}, { signal });

  /** The nonce is fetched anew each time: the chain counts waiting calls too, and a second process may use the same key. */
  async function send(call: ChainCall, signer: KeyPair, signal?: AbortSignal): Promise<Sent> {
    const { genesisHash } = await info(signal);
    const nonce = await transport.request('account_nonce', { account: signer.address as Coldkey }, { signal });
    const sealed = { call: sealCall(call, genesisHash, nonce, signer) };
    return { outcome: transport.request('call_submit', sealed, { signal, timeoutMs: submitTimeoutMs, resend: false }) };
  }

  async function submitOnce(call: ChainCall, signer: KeyPair, signal?: AbortSignal): Promise<CallOutcome> {
    const before = turns.get(signer.address) ?? Promise.resolve();
    const turn = before.then(() => send(call, signer, signal));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(signer.address, settled);
    void settled.then(() => {
      if (turns.get(signer.address) === settled) turns.delete(signer.address);
    });
    const { outcome } = await turn;
    return outcome;
  }

  return {
    info,
    head: (signal) => transport.request('chain_head', {}, { signal }),
    block: (number, signal) => transport.request('chain_block', { number }, { signal }),
    onBlock: (listener) => heads.subscribe(listener),
    onConnection: (listener) => connection.subscribe(listener),
    subnet: (netuid, signal) => transport.request('subnet_info', { netuid }, { signal }),
    balance: (account, signal) => transport.request('account_balance', { account }, { signal }),
    commitments: (netuid, hotkeys, signal) =>
      transport.request('subnet_commitments', { netuid, hotkeys: hotkeys && [...hotkeys] }, { signal }),
    async neurons(netuid, signal) {
      const neurons = await transport.request('subnet_neurons', { netuid }, { signal });
      if (neurons.some((neuron, index) => neuron.uid !== index)) throw new ProtocolError('Neurons are not in order');
      return neurons;
    },
    async emissions(_netuid, hotkey, afterBlock, signal) {
      const events = await transport.request('emission_history', { hotkey, afterBlock }, { signal });
      let block = afterBlock;
      for (const event of events) {
        if (event.hotkey !== hotkey || event.block <= block) throw new ProtocolError('Emissions that nobody asked for');
        ({ block } = event);
      }
      return events.map((event) => ({ ...event, amountAlpha: alpha(event.amountRao) }));
    },
    async submit(call, signer, signal) {
      const outcome = await submitOnce(call, signer, signal);
      const wasStale = outcome.kind === 'refused' && outcome.error === 'StaleNonce';
      return wasStale ? submitOnce(call, signer, signal) : outcome;
    },
    close: () => transport.close(),
  };
}
