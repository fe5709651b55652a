import { withDeadline } from '../../deadline.ts';
import { errorCode, errorMessage, MillraceError } from '../../errors.ts';
import type { KeyPair } from '../../keys.ts';
import type { CallOutcome, ChainCall, ChainClient } from '../chain-client.ts';
import type { WebSocketConstructor } from '../web-socket.ts';
import { lastBlockOf, type SentCall } from './call-life.ts';
import { makeCall } from './calls.ts';
import type { ConnectionOptions } from './connection.ts';
import { followCall } from './follow-call.ts';
import { raoAmount } from './json-values.ts';
import { storage } from './items.ts';
import { connectLiveChain, type LiveChain } from './live-chain.ts';
import { readBlock, readFinalized, readHeader, readInfo } from './read-blocks.ts';
import { readCommitments } from './read-commitments.ts';
import { readEmissions } from './read-emissions.ts';
import { createMemberReader, type MemberReader } from './read-members.ts';
import { readNeurons, readSubnet } from './read-neurons.ts';
import { readWeightTerms } from './read-weight-terms.ts';
import { deliverCall, type Refused, signCall } from './send-call.ts';
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
  /** This machine's clock. */
  readonly nowMs?: () => number;
}

export const READ_TIMEOUT_MS = 20_000;
const SUBMIT_TIMEOUT_MS = 120_000;

const accountSchema = v.object({ data: v.object({ free: raoAmount }) });

/**
 * A `ChainClient` of Subtensor, or of any chain that is like it, such as the devnet: everything goes by the names in the chain's
 * own metadata. Connects at once, reconnects by itself, and goes on only with the chain that it first met.
 * @throws ProtocolError when an endpoint is not a WebSocket URL
 */
export function createSubtensorClient(options: SubtensorClientOptions): ChainClient {
  const { endpoints, webSocket, timeoutMs = READ_TIMEOUT_MS, warn = () => undefined } = options;
  const { checkGenesis, onEndpoint, submitTimeoutMs, nowMs } = options;
  return clientOfChain(
    connectLiveChain({ endpoints, webSocket, timeoutMs, checkGenesis, onEndpoint }, warn, nowMs),
    submitTimeoutMs,
  );
}

/** The same over a chain that others may use too, until `close`, which closes it for all of them. */
export function clientOfChain(live: LiveChain, submitTimeoutMs: number = SUBMIT_TIMEOUT_MS): ChainClient {
  const { connection } = live;
  const closing = new AbortController();
  /** One after the other for each signer, so that calls arrive in the order of their nonces. */
  const turns = new Map<string, Promise<unknown>>();
  const readers = new Map<number, MemberReader>();
  const readerOf = (netuid: number): MemberReader => {
    const reader = readers.get(netuid) ?? createMemberReader(live, netuid, READ_TIMEOUT_MS);
    readers.set(netuid, reader);
    return reader;
  };

  async function signAndSend(
    call: ChainCall,
    signer: KeyPair,
    onSigned: (sent: SentCall) => void,
    signal: AbortSignal,
  ): Promise<SentCall | Refused> {
    const made = await connection.ask('Preparing a call', (api) => makeCall(api, call, signer.address), signal);
    if ('kind' in made) return made;
    const signed = await signCall(live, () => made, signer, signal);
    onSigned(signed);
    return (await deliverCall(connection, signed, signal)) ?? signed;
  }

  async function submitOnce(
    call: ChainCall,
    signer: KeyPair,
    onSigned: (sent: SentCall) => void,
    signal: AbortSignal,
  ): Promise<CallOutcome> {
    const before = turns.get(signer.address) ?? Promise.resolve();
    const turn = before.then(() => signAndSend(call, signer, onSigned, signal));
    const settled = turn.then(
      () => undefined,
      () => undefined,
    );
    turns.set(signer.address, settled);
    void settled.then(() => {
      if (turns.get(signer.address) === settled) turns.delete(signer.address);
    });
    const sent = await turn;
    return 'kind' in sent ? sent : followCall(live, sent, [signal, closing.signal]);
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
    onBlock: (listener) => live.heads.best.subscribe(listener),
    onConnection: (listener) => connection.state.subscribe(listener),
    neurons: (netuid, signal) =>
      connection.ask(
        'Reading the neurons',
        (api) => readNeurons(api, netuid, live.heads.best.current()?.hash ?? null),
        signal,
      ),
    members: (netuid, signal) => connection.ask('Reading the members', (api) => readerOf(netuid).read(api), signal),
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
    weightTerms: (netuid, hotkey, signal) =>
      connection.ask('Reading how weights are set', (api) => readWeightTerms(api, netuid, hotkey), signal),
    balance: (account, signal) =>
      connection.ask(
        'Reading a balance',
        async (api) =>
          check(accountSchema, (await storage(api, 'system', 'account')(account)).toJSON(), 'Account').data.free,
        signal,
      ),
    emissions: (netuid, hotkey, range, signal) =>
      readEmissions((read) => connection.ask('Reading emissions', read, signal), netuid, hotkey, range),
    async submit(call, signer, signal) {
      const what = `Call ${call.kind}`;
      let sent: SentCall | null = null;
      const onSigned = (signed: SentCall): void => void (sent = signed);
      try {
        return await withDeadline({ what, timeoutMs: submitTimeoutMs, signal }, async (inner) => {
          const outcome = await submitOnce(call, signer, onSigned, inner);
          const wasStale = outcome.kind === 'refused' && outcome.error === 'StaleNonce';
          // The node may have passed it on all the same: the chain does the others once, whatever comes of both, and pays twice.
          const mayRepeat = call.kind !== 'transfer';
          return wasStale && mayRepeat ? submitOnce(call, signer, onSigned, inner) : outcome;
        });
      } catch (error) {
        throw stillOnItsWay(error, sent);
      }
    },
    close() {
      live.close();
      closing.abort(new MillraceError('ABORTED', 'The client of the chain is closed'));
    },
  };
}

/** Who gives up waiting should know that what was sent may be included all the same. */
function stillOnItsWay(error: unknown, sent: SentCall | null): unknown {
  if (sent === null || errorCode(error) !== 'TIMEOUT') return error;
  const words = `the transaction ${sent.hash} was sent, and a block up to ${lastBlockOf(sent)} may still include it`;
  return new MillraceError('TIMEOUT', `${errorMessage(error)}; ${words}`, { cause: error });
}
