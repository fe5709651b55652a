import type { CommandPayload } from '#protocol/contract/commands.ts';
import type { AppState } from '#protocol/contract/state.ts';
import type { AddressReply, OrderInput } from '#protocol/contract/wallet.ts';
import { errorCode } from '#protocol/errors.ts';
import { atNewest, readColdkeySwap, readMoney, readOwner } from '../staking/chain-reads.ts';
import type { OrderChain } from '../staking/order-chain.ts';
import type { AddressBook } from './address-book.ts';
import type { OrderDesk } from './order-desk.ts';
import type { StoredOrder } from './order-store.ts';
import { readAddress } from './read-address.ts';

interface Knowledge {
  /** `null`: no chain can be asked. */
  readonly link: { readonly chain: OrderChain; readonly desk: Pick<OrderDesk, 'recent'> } | null;
  readonly wallet: Pick<AppState['wallet'], 'hotkey' | 'coldkey' | 'stake'>;
  readonly book: Pick<AddressBook, 'entries' | 'nameOf'>;
}

/** Of the history that is looked through. */
const MAX_LOOKED_AT = 5_000;
/** What people compare of an address; who wants to be taken for another makes these alike. */
const LOOKED_AT_CHARACTERS = 4;

type Asked = CommandPayload<'wallet.check-address'>;

/** What should be known of an address before anything is sent to it, or staked with it. The chain says what it can; without one that is said. */
export async function checkAddress(asked: Asked, { link, wallet, book }: Knowledge): Promise<AddressReply> {
  const read = readAddress(asked.address);
  if ('message' in read) return { kind: 'invalid', message: read.message };
  const { address } = read;
  const { purpose } = asked;
  const { hotkey, coldkey, stake } = wallet;
  const isOwn = address === hotkey || address === coldkey;
  const orders = (link?.desk.recent(MAX_LOOKED_AT) ?? []).filter(wasSent);
  const sentTo = new Set(orders.flatMap(recipients));
  const stakedWith = new Set(orders.flatMap(hotkeysOf));
  const used = purpose === 'send' ? sentTo : stakedWith;
  // A stranger can give stake with a hotkey of theirs: what lies there is known, and was not chosen.
  const held = (stake?.positions ?? []).map((position) => position.hotkey);
  const named = book.entries().map((entry) => entry.address);
  const known = [hotkey, coldkey, ...sentTo, ...stakedWith, ...held, ...named];
  const double = used.has(address) ? undefined : known.find((other) => other !== null && looksLike(other, address));
  const found = link === null ? null : await askChain(link.chain, address);
  const warnings = [
    ...(found === null ? ['The chain could not be asked about this address.'] : chainWarnings(found, purpose)),
    ...(double === undefined
      ? []
      : [`It begins and ends like ${double}, which you know, but is another one. Compare every character.`]),
    ...(address === hotkey && purpose === 'send' ? ['This is your own hotkey. Money belongs to a coldkey.'] : []),
    ...(address === coldkey ? ['This is your own coldkey.'] : []),
  ];
  return {
    ...{ kind: 'valid', address, isOwn, name: book.nameOf(address), warnings },
    ...{ isHotkey: found !== null && found.owner !== null, isFirstUse: !used.has(address) },
  };
}

interface ChainKnowledge {
  /** The coldkey whose hotkey this is; `null`: it is no hotkey. */
  readonly owner: string | null;
  readonly isMoving: boolean;
  readonly isEmpty: boolean;
}

async function askChain(chain: OrderChain, address: string): Promise<ChainKnowledge | null> {
  try {
    return await chain.connection.ask('An address', async (api) => {
      const at = await atNewest(api);
      const [owner, money, swap] = await Promise.all([
        readOwner(at, address),
        readMoney(at, address),
        readColdkeySwap(at, address),
      ]);
      return { owner, isMoving: swap !== null, isEmpty: money.free + money.reserved === 0n };
    });
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}

function chainWarnings({ owner, isMoving, isEmpty }: ChainKnowledge, purpose: Asked['purpose']): readonly string[] {
  if (purpose === 'stake') {
    return owner === null ? ['The chain does not know this as a hotkey. Stake cannot go there.'] : [];
  }
  return [
    ...(owner === null
      ? []
      : [`This is a hotkey, of the coldkey ${owner}. Stake goes to hotkeys; money goes to coldkeys.`]),
    ...(isMoving ? ['This coldkey has announced that it moves to another one. Ask its owner where to send.'] : []),
    ...(isEmpty && owner === null ? ['This account has no TAO yet. Make sure that somebody has its key.'] : []),
  ];
}

const wasSent = ({ sent }: StoredOrder): boolean => sent !== null;

function recipients({ order }: { readonly order: OrderInput }): readonly string[] {
  if (order.kind === 'transfer') return [order.to];
  return order.kind === 'transfer-stake' ? [order.toColdkey] : [];
}

/** Where an order has put stake, with the hotkey that it left: both were meant. */
function hotkeysOf({ order }: { readonly order: OrderInput }): readonly string[] {
  switch (order.kind) {
    case 'stake':
    case 'unstake':
    case 'transfer-stake':
      return [order.hotkey];
    case 'move':
      return [order.from.hotkey, order.to.hotkey];
    case 'transfer':
    case 'register':
      return [];
  }
}

/** All addresses with the prefix begin with a 5. */
const looksLike = (a: string, b: string): boolean =>
  a !== b &&
  a.slice(0, LOOKED_AT_CHARACTERS) === b.slice(0, LOOKED_AT_CHARACTERS) &&
  a.slice(-LOOKED_AT_CHARACTERS) === b.slice(-LOOKED_AT_CHARACTERS);
