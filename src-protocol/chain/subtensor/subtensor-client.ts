import { withDeadline } from '../../deadline.ts';
import { MillraceError } from '../../errors.ts';
import type { KeyPair } from '../../keys.ts';
import type { BlockHeader, CallOutcome, ChainCall, ChainClient } from '../chain-client.ts';
import { createLatest } from '../latest.ts';
import type { WebSocketConstructor } from '../web-socket.ts';
import { makeCall } from './calls.ts';
import { type ConnectionOptions, connectSubtensor } from './connection.ts';
import { followHeads, type Heads } from './follow-heads.ts';
import { raoAmount } from './json-values.ts';
import { storage } from './items.ts';
import { readBlock, readFinalized, readHeader, readInfo } from './read-blocks.ts';
import { readCommitments } from './read-commitments.ts';
import { readEmissions } from './read-emissions.ts';
import { readNeurons, readSubnet } from './read-neurons.ts';
import { findCall, sendCall, type SentCall } from './send-call.ts';
import { check } from '../../envelope.ts';
import * as v from 'valibot';

export interface SubtensorClientOptions {
  /** `ws://` or `wss://`, the preferred one first. */
  readonly endpoints: readonly string[];
  /** The browser's `WebSocket`, or that of `ws`. */
  readonly webSocket: WebSocketConstructor;
  /** Of one reading. */
  readonly timeoutMs?: number;
  /** For `submit`, which waits for a block. */
  readonly submitTimeoutMs?: number;
  /** Told what an owner should know: an endpoint that fell behind. */
  readonly warn?: ((message: string) => void) | undefined;
  /** See ConnectionOptions. */
  readonly checkGenesis?: ConnectionOptions['checkGenesis'];
  readonly onEndpoint?: ConnectionOptions['onEndpoint'];
}

/** Blocks at the end that are looked at again for a call, because others may have taken their place. */
const MAY_BE_REPLACED = 3;

const accountSchema = v.object({ data: v.object({ free: raoAmount }) });

/**
 * A `ChainClient` of Subtensor, or of any chain that is like it, such as the devnet: everything goes by the names in the chain's
 * own metadata. Connects at once, reconnects by itself, and goes on only with the chain that it first met.
 * @throws ProtocolError when an endpoint is not a WebSocket URL
 */
export function createSubtensorClient(options: SubtensorClientOptions): ChainClient {
  const { endpoints, webSocket, timeoutMs = 20_000, submitTimeoutMs = 120_000, warn = () => undefined } = options;
  const { checkGenesis, onEndpoint } = options;
  const connection = connectSubtensor({ endpoints, webSocket, timeoutMs, checkGenesis, onEndpoint });
  const heads: Heads = { best: createLatest<BlockHeader>(), finalized: createLatest<number>() };
  const closing = new Set<() => void>();
  const stopFollowing = followHeads(connection, heads, warn);
  /** One after the other for each signer, so that calls arrive in the order of their nonces. */
  const turns = new Map<string, Promise<unknown>>();

  /** Looks through each new block for a call until one has it, or none can any more. */
  function outcomeOf(sent: SentCall, signal: AbortSignal): Promise<CallOutcome> {
    return new Promise((resolve, reject) => {
      let next = sent.afterBlock + 1;
      let isLooking = false;
      let isOver = false;
      const look = async (): Promise<void> => {
        const head = heads.best.current()?.number ?? 0;
        if (isLooking || isOver || head < next) return;
        isLooking = true;
        try {
          const found = await connection.ask('Looking for a call', (api) => findCall(api, sent, next, head), signal);
          next = Math.max(next, head + 1 - MAY_BE_REPLACED);
          if (found !== null) finish(() => resolve(found));
        } catch {
          // The next block brings the next try.
        } finally {
          isLooking = false;
        }
        // Blocks that came meanwhile: there may be no other for a while.
        if ((heads.best.current()?.number ?? 0) > head) void look();
      };
      const end = heads.best.subscribe(() => void look());
      const onAbort = (): void => {
        const { reason } = signal as { readonly reason: unknown };
        finish(() => reject(reason instanceof Error ? reason : new MillraceError('ABORTED', 'Waiting for a block')));
      };
      const finish = (settle: () => void): void => {
        isOver = true;
        end();
        closing.delete(onClose);
        signal.removeEventListener('abort', onAbort);
        settle();
      };
      const onClose = (): void =>
        finish(() => reject(new MillraceError('ABORTED', 'The client of the chain is closed')));
      closing.add(onClose);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function submitOnce(call: ChainCall, signer: KeyPair, signal: AbortSignal): Promise<CallOutcome> {
    const before = turns.get(signer.address) ?? Promise.resolve();
    const turn = before.then(() => sendCall(connection, (api) => makeCall(api, call, signer.address), signer, signal));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(signer.address, settled);
    void settled.then(() => {
      if (turns.get(signer.address) === settled) turns.delete(signer.address);
    });
    const sent = await turn;
    return 'kind' in sent ? sent : outcomeOf(sent, signal);
  }

  return {
    info: (signal) => connection.ask('Reading the chain', (api) => Promise.resolve(readInfo(api)), signal),
    head: (signal) =>
      connection.ask(
        'Reading the newest block',
        async (api) => readHeader(api, (await api.rpc.chain.getBlockHash()).toHex()),
        signal,
      ),
    finalized: (signal) => connection.ask('Reading the newest final block', readFinalized, signal),
    block: (number, signal) => connection.ask('Reading a block', (api) => readBlock(api, number), signal),
    onBlock: (listener) => heads.best.subscribe(listener),
    onConnection: (listener) => connection.state.subscribe(listener),
    neurons: (netuid, signal) => connection.ask('Reading the neurons', (api) => readNeurons(api, netuid), signal),
    async subnet(netuid, signal) {
      const found = await connection.ask('Reading the subnet', (api) => readSubnet(api, netuid), signal);
      if (found === null) throw new MillraceError('CHAIN_REFUSED', `The chain has no subnet ${netuid}`);
      return found;
    },
    commitments: (netuid, hotkeys, signal) =>
      connection.ask('Reading commitments', (api) => readCommitments(api, netuid, hotkeys), signal),
    registrationPrice: (netuid, signal) =>
      connection.ask(
        'Reading the price of a registration',
        async (api) => check(raoAmount, (await storage(api, 'subtensorModule', 'burn')(netuid)).toJSON(), 'Burn'),
        signal,
      ),
    balance: (account, signal) =>
      connection.ask(
        'Reading a balance',
        async (api) =>
          check(accountSchema, (await storage(api, 'system', 'account')(account)).toJSON(), 'Account').data.free,
        signal,
      ),
    emissions: (netuid, hotkey, afterBlock, signal) =>
      readEmissions((read) => connection.ask('Reading emissions', read, signal), netuid, hotkey, afterBlock),
    submit: (call, signer, signal) =>
      withDeadline({ what: `Call ${call.kind}`, timeoutMs: submitTimeoutMs, signal }, async (inner) => {
        const outcome = await submitOnce(call, signer, inner);
        const wasStale = outcome.kind === 'refused' && outcome.error === 'StaleNonce';
        return wasStale ? submitOnce(call, signer, inner) : outcome;
      }),
    close() {
      stopFollowing();
      connection.close();
      for (const end of closing) end();
    },
  };
}
