import * as v from 'valibot';
import { withDeadline } from '../../deadline.ts';
import { check } from '../../envelope.ts';
import { MillraceError, ProtocolError } from '../../errors.ts';
import type { Uid } from '../../ids.ts';
import { ZERO_RAO } from '../../units.ts';
import type { MemberNeuron, SubnetMembers } from '../chain-client.ts';
import { checkedHotkey, count } from '../wire-values.ts';
import { raoAmount } from './json-values.ts';
import type { LiveChain } from './live-chain.ts';
import type { QuietApi } from './quiet-api.ts';
import { commitmentOf } from './read-commitments.ts';
import { MAX_NEURONS } from './read-neurons.ts';
import { readWatched, type WatchedItems } from './watched-items.ts';
import { type WatchedStorage, watchStorage } from './watched-storage.ts';

/** Reads who is in a subnet from values that the node keeps up to date. It ends with the connection. */
export interface MemberReader {
  /** @throws ProtocolError; MillraceError CHAIN_REFUSED, TIMEOUT */
  read(api: QuietApi): Promise<SubnetMembers>;
}

/** Two hours on Bittensor. Then all is read anew: news that a node has lost would be missing for ever. */
const MAX_AGE_BLOCKS = 600;
/** Newcomers come with subscriptions of their own. */
const MAX_SUBSCRIPTIONS = 32;
/** A subnet's size leads to its keys, these to what they committed; more only when it changes meanwhile. */
const MAX_STAGES = 12;

interface Watch {
  readonly storage: WatchedStorage;
  readonly items: WatchedItems;
  readonly sinceBlock: number;
  readonly jumps: number;
  readonly runtime: string;
}

/** @param timeoutMs of all that one reading asks for */
export function createMemberReader({ connection, heads }: LiveChain, netuid: number, timeoutMs: number): MemberReader {
  let current: Watch | null = null;
  let reading: Promise<SubnetMembers> | null = null;

  const stateOf = (api: QuietApi) => ({
    sinceBlock: heads.best.current()?.number ?? 0,
    jumps: heads.jumps.current() ?? 0,
    runtime: api.runtimeVersion.specVersion.toString(),
  });
  /** A node tells of what changes in the block that is new, not of what is taken back with one that was replaced. */
  const isFit = (watch: Watch, now: ReturnType<typeof stateOf>): boolean =>
    watch.jumps === now.jumps &&
    watch.runtime === now.runtime &&
    now.sinceBlock - watch.sinceBlock < MAX_AGE_BLOCKS &&
    watch.storage.subscriptions <= MAX_SUBSCRIPTIONS;

  async function read(api: QuietApi): Promise<SubnetMembers> {
    const now = stateOf(api);
    let watch = current;
    if (watch === null || !isFit(watch, now)) {
      const storage = watchStorage(connection);
      watch = { storage, items: readWatched(api, storage), ...now };
    }
    const { storage, items } = watch;
    try {
      const found = await withDeadline({ what: 'Reading the members', timeoutMs }, (signal) =>
        complete(items, netuid, (keys) => orTimeout(storage.watch(keys), signal)),
      );
      if (watch !== current) current?.storage.end();
      current = watch;
      return found;
    } catch (error) {
      storage.end();
      if (watch === current) current = null;
      throw error;
    }
  }

  return { read: (api) => (reading ??= read(api).finally(() => (reading = null))) };
}

const orTimeout = (work: Promise<void>, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    work.then(resolve, reject);
  });

async function complete(
  items: WatchedItems,
  netuid: number,
  watch: (keys: readonly string[]) => Promise<void>,
): Promise<SubnetMembers> {
  for (let stage = 0; stage < MAX_STAGES; stage += 1) {
    const members = membersOf(items, netuid);
    const missing = items.takeMissing();
    if (members !== null && missing.length === 0) return members;
    await watch(missing);
  }
  throw new ProtocolError('The subnet changes faster than it can be read');
}

const as =
  <S extends v.GenericSchema>(schema: S, what: string) =>
  (json: unknown): v.InferOutput<S> =>
    check(schema, json, what);
const asFlag = as(v.boolean(), 'NetworksAdded');
const asSize = as(v.pipe(count, v.maxValue(MAX_NEURONS)), 'SubnetworkN');
const asHotkey = as(checkedHotkey, 'Hotkey');
const asPermits = as(v.pipe(v.array(v.boolean()), v.maxLength(MAX_NEURONS)), 'ValidatorPermit');
const asBlock = as(count, 'BlockAtRegistration');
const asStake = as(raoAmount, 'TotalHotkeyAlpha');

/** `null` when something is not watched yet. */
function membersOf({ read }: WatchedItems, netuid: number): SubnetMembers | null {
  const ofSubnet = <T, None>(
    name: string,
    args: readonly unknown[],
    decode: (json: unknown) => T,
    whenNone: None,
  ): T | None | undefined => read('subtensorModule', name, args, decode, whenNone);
  const exists = ofSubnet('networksAdded', [netuid], asFlag, false);
  const size = ofSubnet('subnetworkN', [netuid], asSize, 0);
  const ownerHotkey = ofSubnet('subnetOwnerHotkey', [netuid], asHotkey, null);
  const permits = ofSubnet('validatorPermit', [netuid], asPermits, []);
  if (exists === false) throw new MillraceError('CHAIN_REFUSED', `The chain has no subnet ${netuid}`);
  if (size === undefined || ownerHotkey === undefined || permits === undefined) return null;
  const neurons = Array.from({ length: size }, (_, uid): MemberNeuron | null => {
    const hotkey = ofSubnet('keys', [netuid, uid], asHotkey, null) ?? null;
    const registeredAtBlock = ofSubnet('blockAtRegistration', [netuid, uid], asBlock, 0) ?? 0;
    const validatorPermit = permits[uid] ?? false;
    if (hotkey === null) return null;
    // As `getNeuronsLite` has it. A miner is paid in stake: to watch everyone's would bring everyone's at each epoch.
    const staked = validatorPermit ? ofSubnet('totalHotkeyAlpha', [hotkey, netuid], asStake, ZERO_RAO) : ZERO_RAO;
    return { uid: uid as Uid, hotkey, stakeRao: staked ?? ZERO_RAO, validatorPermit, registeredAtBlock };
  }).filter((neuron) => neuron !== null);
  const hotkeys = new Set(neurons.map(({ hotkey }) => hotkey));
  if (ownerHotkey !== null) hotkeys.add(ownerHotkey);
  const commitments = [...hotkeys].flatMap(
    (hotkey) => read('commitments', 'commitmentOf', [netuid, hotkey], (json) => commitmentOf(hotkey, json), []) ?? [],
  );
  return { ownerHotkey, neurons, commitments };
}
