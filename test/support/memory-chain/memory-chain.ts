import type {
  BlockHeader,
  CallOutcome,
  ChainClient,
  ChainConnection,
  EmissionEvent,
} from '#protocol/chain/chain-client.ts';
import { createLatest } from '#protocol/chain/latest.ts';
import { sealCall } from './signed-call.ts';
import { check } from '#protocol/envelope.ts';
import { MillraceError } from '#protocol/errors.ts';
import { rao } from '#protocol/units.ts';
import type { DevnetGenesis } from '#protocol/worker-messages.ts';
import { genesisSchema, genesisTip } from './genesis.ts';
import { type ChainNode, type ChainStore, createChainNode, MAX_EMISSIONS_PER_PAGE, publicHeader } from './node.ts';
import type { ChainTip } from './state.ts';
import { commitmentsOf, hasSubnet, infoOf, membersOf, subnetOf } from './views.ts';
import { balanceOf } from './state.ts';

/** It pays its emission in TAO, as the first chain of the devnet did, not by a pool's rules. */
export interface MemoryGenesis extends DevnetGenesis {
  /** 1 TAO if left out. */
  readonly emissionPerBlockRao?: string;
}

export interface MemoryChain extends ChainClient {
  readonly node: ChainNode;
  /** Makes the next block with all calls submitted so far, and lets their submitters continue. */
  produceBlock(): Promise<BlockHeader>;
  /** Makes blocks until the head has this number. */
  produceUntil(block: number): Promise<BlockHeader>;
  /** As if the connection broke and came back. While broken, every request fails with CHAIN_UNREACHABLE. */
  setConnection(state: ChainConnection): void;
  /** Takes the newest blocks back; their calls wait for the next block again. Later blocks have other hashes. */
  reorganise(blocks: number): void;
  /** How many of the newest blocks are not final; none at first. */
  setFinalityLag(blocks: number): void;
  /** As a node that no longer has the state of blocks up to this one. */
  setForgotten(untilBlock: number): void;
}

/** The real rules of the devnet chain without process, socket, disk or clock: time passes when the test makes a block. */
export function createMemoryChain(genesis: MemoryGenesis): MemoryChain {
  const checked = check(genesisSchema, genesis, 'Genesis');
  let forks = 0;
  let finalityLag = 0;
  let forgottenUntil = 0;
  const inputs = (number: number) => ({ nowMs: 1_000_000 + number * checked.blockMs, salt: saltOf(number, forks) });
  const start = genesisTip(checked, inputs(0));
  const store = createMemoryStore(start);
  let node = createChainNode(start, store);
  /** Tips by number. */
  const tips = [start];
  let calls: { readonly sealed: Uint8Array; block: number | null; readonly settle: (outcome: CallOutcome) => void }[] =
    [];
  const heads = createLatest<BlockHeader>();
  const connection = createLatest<ChainConnection>();
  heads.set(publicHeader(start.head));
  connection.set('connected');

  const read = <T>(answer: () => T): Promise<T> =>
    new Promise((resolve) => {
      if (connection.current() !== 'connected') throw new MillraceError('CHAIN_UNREACHABLE', 'The test cut the line');
      resolve(answer());
    });
  const ofSubnet = <T>(netuid: number, answer: () => T): Promise<T> =>
    read(() => {
      if (!hasSubnet(node.tip().state, netuid)) throw new MillraceError('CHAIN_REFUSED', `No subnet ${netuid}`);
      return answer();
    });

  const chain: MemoryChain = {
    get node() {
      return node;
    },
    info: () => read(() => infoOf(node.tip())),
    head: () => read(() => publicHeader(node.tip().head)),
    finalized: () => read(() => Math.max(0, node.tip().head.number - finalityLag)),
    block: (number) => read(() => node.store.header(number)),
    onBlock: (listener) => heads.subscribe(listener),
    onConnection: (listener) => connection.subscribe(listener),
    neurons: (netuid) => ofSubnet(netuid, () => node.tip().state.neurons),
    members: (netuid) => ofSubnet(netuid, () => membersOf(node.tip().state)),
    subnet: (netuid) => ofSubnet(netuid, () => subnetOf(node.tip().state)),
    commitments: (netuid, hotkeys) => ofSubnet(netuid, () => commitmentsOf(node.tip().state, hotkeys)),
    registrationPrice: (netuid) => ofSubnet(netuid, () => rao(0n)), // as its rules have it
    weightTerms: (netuid) => ofSubnet(netuid, () => ({ kind: 'open' }) as const),
    balance: (account) => read(() => balanceOf(node.tip().state, account)),
    emissions: (_netuid, hotkey, range) =>
      read(() => {
        const forgotten = Math.min(Math.max(forgottenUntil, range.afterBlock), range.untilBlock);
        const page = node.store.emissions(hotkey, { ...range, afterBlock: forgotten });
        return { ...page, isForgotten: page.afterBlock === forgotten && forgotten > range.afterBlock };
      }),
    // The call is in the queue when this returns, so that a test may make the block right away.
    submit: (call, signer) =>
      read(() => {
        const sealed = sealCall(call, node.tip().genesisHash, node.nextNonce(signer.address), signer);
        const outcome = node.submit(sealed);
        if (outcome === null) throw new MillraceError('CHAIN_REFUSED', 'Too many calls wait');
        return new Promise<CallOutcome>((settle) => {
          calls.push({ sealed, block: null, settle });
          void outcome.then(settle);
        });
      }).then((outcome) => outcome),
    close: () => connection.set('disconnected'),
    async produceBlock() {
      const header = node.produceBlock(inputs(node.tip().head.number + 1));
      tips[header.number] = node.tip();
      for (const call of calls) call.block ??= header.number;
      calls = calls.filter(({ block }) => block === null || block > header.number - MAX_REORGANISED);
      if (connection.current() === 'connected') heads.set(header);
      await new Promise((resolve) => setImmediate(resolve)); // those who waited for the block have their turn
      return header;
    },
    async produceUntil(block) {
      while (node.tip().head.number < block) await chain.produceBlock();
      return publicHeader(node.tip().head);
    },
    reorganise(blocks) {
      const fork = tips[node.tip().head.number - blocks];
      if (fork === undefined || blocks > MAX_REORGANISED) throw new RangeError(`Cannot go ${blocks} blocks back`);
      forks += 1;
      store.goBack(fork.head.number);
      node = createChainNode(fork, store);
      const again = calls.filter(({ block }) => block === null || block > fork.head.number);
      calls = calls.filter((call) => !again.includes(call));
      for (const { sealed, settle } of again) {
        calls.push({ sealed, block: null, settle });
        void node.submit(sealed)?.then(settle);
      }
      if (connection.current() === 'connected') heads.set(publicHeader(fork.head));
    },
    setFinalityLag: (blocks) => void (finalityLag = blocks),
    setForgotten: (untilBlock) => void (forgottenUntil = untilBlock),
    setConnection(state) {
      connection.set(state);
      if (state === 'connected') heads.set(publicHeader(node.tip().head));
    },
  };
  return chain;
}

function createMemoryStore(genesis: ChainTip): ChainStore & { readonly goBack: (block: number) => void } {
  const headers: BlockHeader[] = [publicHeader(genesis.head)];
  let emissions: EmissionEvent[] = [];
  return {
    goBack(block) {
      headers.length = block + 1;
      emissions = emissions.filter((event) => event.block <= block);
    },
    append(tip, paid) {
      headers.push(publicHeader(tip.head));
      emissions.push(...paid);
    },
    header: (number) => headers[number] ?? null,
    emissions(hotkey, { afterBlock, untilBlock }) {
      const paid = emissions.filter(
        (event) => event.hotkey === hotkey && event.block > afterBlock && event.block <= untilBlock,
      );
      const events = paid.slice(-MAX_EMISSIONS_PER_PAGE);
      const isAll = events.length === paid.length;
      return { events, afterBlock: isAll ? afterBlock : (events[0]?.block ?? 0) - 1, isForgotten: false };
    },
  };
}

/** Not random, so that a test sees the same block hashes in every run. */
const saltOf = (number: number, forks: number): string => (forks * 2 ** 32 + number).toString(16).padStart(32, '0');
const MAX_REORGANISED = 10;
