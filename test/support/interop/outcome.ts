/* eslint-disable @typescript-eslint/no-explicit-any, @typescript-eslint/no-unsafe-assignment, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-return -- the client learns from the chain which calls there are */
import type { KeyringPair } from '@polkadot/keyring/types';
import type { InteropChain } from './chain.ts';
import { changedItems, stateOf } from './storage-changes.ts';
import { errorName, type NamedNumber, worded, wordedEvent, wordedNumber, type Wording } from './wording.ts';

/** What a call ends in, as text in which accounts and amounts have names. */
export interface Outcome {
  /** Of the dispatch; `refused` when the node did not take the transaction. */
  readonly error: string | null;
  /** What the node said when it refused. */
  readonly why?: string;
  /** The call's own, without those of the fee and of the end. */
  readonly events: readonly string[];
  /** Names of the events of the fee and of the end. */
  readonly frame: readonly string[];
  /** What was read, as `before → after`, where it has changed; and by how many rao balances have, apart from the fee. */
  readonly values: readonly string[];
  /** Names of the items that an empty block and a fee would not have changed, without System's; `null` where nobody has looked. */
  readonly storage: readonly string[] | null;
}

/** What `error` is when the node does not take the transaction. */
const REFUSED = 'refused';

/** An item to read: its name as `subtensorModule.uids`, and its keys: a netuid, an address. */
type Read = readonly [item: string, ...keys: readonly (string | number)[]];

export interface Attempt {
  readonly call: any;
  readonly signer: KeyringPair;
  readonly reads: readonly Read[];
  /** Addresses whose balances are looked at. */
  readonly balances: readonly string[];
  readonly accounts: ReadonlyMap<string, string>;
  readonly numbers: readonly NamedNumber[];
  /** Storage items that do not count. */
  readonly ignored: ReadonlySet<string>;
}

const ENDS = new Set(['TransactionFeePaid', 'ExtrinsicSuccess', 'ExtrinsicFailed']);

export async function outcomeOf(chain: InteropChain, attempt: Attempt): Promise<Outcome> {
  const { api } = chain;
  const signed = await attempt.call.signAsync(attempt.signer, { nonce: -1, era: 0 });
  let block: string;
  try {
    block = await chain.include(signed);
  } catch (error) {
    return { why: String(error), error: REFUSED, events: [], frame: [], values: [], storage: [] };
  }
  const parent = (await api.rpc.chain.getHeader(block)).parentHash.toHex();
  const events = await eventsOf(api, block, signed.hash.toHex());
  const failed = events.find(({ method }) => method === 'ExtrinsicFailed');
  const paid = events.find(({ method }) => method === 'TransactionFeePaid')?.data.actualFee.toBigInt() ?? 0n;
  const { own, frame } = parted(events, attempt.signer.address, paid > 0n);
  const wording = {
    ...{ api, accounts: attempt.accounts },
    numbers: [{ name: 'FEE', value: paid }, ...attempt.numbers],
  };
  // A failed call leaves nothing behind but its fee.
  const empty = failed === undefined ? ((await chain.emptyTwin?.()) ?? null) : null;
  const changes = empty === null ? null : changedItems(api, empty, await stateOf(api, block));
  return {
    error: failed === undefined ? null : errorName(api, failed.data.dispatchError),
    events: own.map((event) => wordedEvent(wording, event)),
    frame: frame.map(({ section, method }) => `${section}.${method}`),
    values: [
      ...(await changedValues(api, { parent, block }, attempt.reads, (value) => worded(wording, value))),
      ...(await balanceChanges(api, { parent, block }, attempt, paid, wording)),
    ],
    storage: changes?.filter((name) => !name.startsWith('system.') && !attempt.ignored.has(name)) ?? null,
  };
}

async function eventsOf(api: any, block: string, hash: string): Promise<any[]> {
  const { extrinsics } = (await api.rpc.chain.getBlock(block)).block;
  const index = extrinsics.findIndex((each: any) => each.hash.toHex() === hash);
  if (index < 0) throw new Error('The transaction is not in its block');
  const records: any[] = await (await api.at(block)).query.system.events();
  return records
    .filter(({ phase }) => phase.isApplyExtrinsic && phase.asApplyExtrinsic.toNumber() === index)
    .map(({ event }) => event);
}

/** Parts the call's own events from those around them: the fee is taken before, what is left of it comes back after. */
function parted(
  events: readonly any[],
  signer: string,
  isPaid: boolean,
): { readonly own: readonly any[]; readonly frame: readonly any[] } {
  const paid = events.findIndex(({ method }) => method === 'TransactionFeePaid');
  const moves = (event: any, name: string): boolean =>
    event?.section === 'balances' && event.method === name && String(event.data.who) === signer;
  const isFrame = (event: any, index: number): boolean =>
    ENDS.has(event.method) ||
    (isPaid && index === 0 && moves(event, 'Withdraw')) ||
    (isPaid && index === paid - 1 && moves(event, 'Deposit'));
  return { own: events.filter((each, index) => !isFrame(each, index)), frame: events.filter(isFrame) };
}

interface Blocks {
  readonly parent: string;
  readonly block: string;
}

async function changedValues(
  api: any,
  { parent, block }: Blocks,
  reads: readonly Read[],
  word: (value: any) => string,
): Promise<string[]> {
  const [before, after] = [await api.at(parent), await api.at(block)];
  const changed: string[] = [];
  for (const [item, ...keys] of reads) {
    const [pallet = '', name = ''] = item.split('.');
    const [old, now] = [await before.query[pallet][name](...keys), await after.query[pallet][name](...keys)];
    if (old.toHex() !== now.toHex()) changed.push(`${item}: ${word(old)} → ${word(now)}`);
  }
  return changed;
}

async function balanceChanges(
  api: any,
  { parent, block }: Blocks,
  { balances, signer }: Attempt,
  paid: bigint,
  wording: Wording,
): Promise<string[]> {
  const [before, after] = [await api.at(parent), await api.at(block)];
  const changed: string[] = [];
  for (const address of balances) {
    const freeAt = async (at: any): Promise<bigint> => (await at.query.system.account(address)).data.free.toBigInt();
    const gain = (await freeAt(after)) - (await freeAt(before)) + (address === signer.address ? paid : 0n);
    if (gain === 0n) continue;
    const amount = wordedNumber(wording.numbers, gain < 0n ? -gain : gain);
    changed.push(`balance of ${wording.accounts.get(address) ?? address}: ${gain < 0n ? '-' : '+'}${amount}`);
  }
  return changed;
}
