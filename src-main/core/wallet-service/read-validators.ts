import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { fromHex } from '#protocol/bytes.ts';
import type { Neuron } from '#protocol/chain/chain-client.ts';
import { type At, optionalStorage, storage } from '#protocol/chain/subtensor/items.ts';
import { alphaAmount } from '#protocol/chain/subtensor/json-values.ts';
import { readNeurons } from '#protocol/chain/subtensor/read-neurons.ts';
import { count } from '#protocol/chain/wire-values.ts';
import type { ValidatorSummary } from '#protocol/contract/wallet.ts';
import { check } from '#protocol/envelope.ts';
import { partsPerMillion } from '../staking/amounts.ts';
import { type AtBlock, atNewest, blockMs, NOBODY, readOwner } from '../staking/chain-reads.ts';
import { gainPpm, readPastValues, readValues } from './read-returns.ts';
import { untrustedName } from './untrusted-name.ts';
import { type ValidatorFacts, validatorRisks } from './validator-risks.ts';

/** A subnet has some dozens with a permit. */
const MAX_VALIDATORS = 512;
const WHOLE_TAKE = 65_535n;
const ROOT = 0;

/**
 * Hotkeys of a subnet that somebody may stake with: those with a permit, the subnet owner's, and those asked for. Who has earned its
 * permit by working and has never set weights is left out once others have set some. By uid, the ones without one last: the order is
 * no ranking.
 * @param own hotkeys that the coldkey has stake with there
 * @throws ProtocolError when the chain's answer is none
 */
export async function readValidators(
  api: ApiPromise,
  netuid: number,
  own: readonly string[],
): Promise<readonly ValidatorSummary[]> {
  const at = await atNewest(api);
  const [neurons, subnet] = await Promise.all([readNeurons(api, netuid), readSubnetFacts(at, netuid)]);
  const asked = new Set<string>([...own, ...(subnet.ownerHotkey === null ? [] : [subnet.ownerHotkey])]);
  const sinceWeights = (neuron: Neuron): number | null => blocksSinceWeights(at.number, neuron, subnet.lastUpdates);
  const permitted = neurons.filter(({ validatorPermit }) => validatorPermit);
  const validating = permitted.filter((neuron) => netuid === ROOT || sinceWeights(neuron) !== null);
  const shown = new Set(validating.length === 0 ? permitted : validating);
  const chosen = neurons.filter((neuron) => shown.has(neuron) || asked.has(neuron.hotkey));
  const registered = new Set<string>(chosen.map(({ hotkey }) => hotkey));
  const hotkeys = [...registered, ...[...asked].filter((each) => !registered.has(each))].slice(0, MAX_VALIDATORS);
  if (hotkeys.length === 0) return [];

  const head = { number: at.number, blockMs: blockMs(at) };
  const place = { netuid, hotkeys };
  const past = (days: number) => (netuid === ROOT ? null : readPastValues(api, place, head, days));
  const [values, week, month, stakes, names] = await Promise.all([
    readValues(at, place),
    past(7),
    past(30),
    storage(at, 'subtensorModule', 'totalHotkeyAlpha').multi(hotkeys.map((hotkey) => [hotkey, netuid])),
    readNames(at, hotkeys, neurons),
  ]);
  const stakeOf = stakes.map((stake) => check(alphaAmount, stake.toJSON(), 'TotalHotkeyAlpha'));
  const all = stakeOf.reduce<bigint>((sum, stake) => sum + stake, 0n);
  return hotkeys.map((hotkey, i) => {
    const neuron = chosen.find((each) => each.hotkey === hotkey) ?? null;
    const stake = stakeOf[i] ?? 0n;
    const facts: ValidatorFacts = {
      ...{ isRoot: netuid === ROOT, isRegistered: neuron !== null, hasPermit: neuron?.validatorPermit ?? false },
      blocksSinceRegistered: neuron === null ? null : at.number - neuron.registeredAtBlock,
      blocksSinceWeights: neuron === null ? null : sinceWeights(neuron),
      ...{ activityCutoffBlocks: subnet.activityCutoffBlocks, blockMs: head.blockMs },
      ...{ stakePartPpm: partsPerMillion(stake, all), takePpm: ppmOfTake(values[i]?.take ?? 0) },
      takeBeforePpm: beforeOf(month?.[i]?.take ?? week?.[i]?.take),
    };
    return {
      ...{ hotkey, name: names[i] ?? null, uid: neuron?.uid ?? null, stakeAlpha: stake.toString() },
      ...{ takePpm: facts.takePpm, hasPermit: facts.hasPermit, risks: validatorRisks(facts) },
      return7DaysPpm: gainPpm(values[i], week?.[i]),
      return30DaysPpm: gainPpm(values[i], month?.[i]),
    };
  });
}

const ppmOfTake = (take: number): number => Number((BigInt(take) * 1_000_000n) / WHOLE_TAKE);
const beforeOf = (take: number | undefined): number | null => (take === undefined ? null : ppmOfTake(take));
/** `null`: never. Until then it is the block of the registration (pallets/subtensor/src/subnets/uids.rs), or 0. */
function blocksSinceWeights(
  now: number,
  { uid, registeredAtBlock }: Neuron,
  updates: readonly number[],
): number | null {
  const block = updates[uid] ?? 0;
  return block === 0 || block === registeredAtBlock ? null : now - block;
}

interface SubnetFacts {
  readonly ownerHotkey: string | null;
  /** By uid. */
  readonly lastUpdates: readonly number[];
  readonly activityCutoffBlocks: number | null;
}

const lastUpdatesSchema = v.pipe(v.array(count), v.maxLength(8_192));

async function readSubnetFacts(at: At, netuid: number): Promise<SubnetFacts> {
  const of = async (name: string): Promise<unknown> =>
    (await optionalStorage(at, 'subtensorModule', name)?.(netuid))?.toJSON() ?? null;
  const [owner, lastUpdates, factorMilli, tempo] = await Promise.all([
    of('subnetOwnerHotkey'),
    of('lastUpdate'),
    of('activityCutoffFactorMilli'),
    of('tempo'),
  ]);
  const ownerHotkey = check(v.nullable(v.string()), owner, 'Owner of the subnet');
  // pallets/subtensor/src/utils/misc.rs: so many thousandths of an epoch.
  const cutoff =
    factorMilli === null || tempo === null
      ? null
      : Math.floor((check(count, factorMilli, 'ActivityCutoffFactorMilli') * check(count, tempo, 'Tempo')) / 1_000);
  return {
    // On root, and where there is no subnet, it is a default that stands for nobody.
    ownerHotkey: netuid === ROOT || ownerHotkey === NOBODY ? null : ownerHotkey,
    lastUpdates: check(lastUpdatesSchema, lastUpdates ?? [], 'LastUpdate'),
    activityCutoffBlocks: cutoff,
  };
}

const identitySchema = v.nullable(
  v.object({ name: v.pipe(v.string(), v.regex(/^0x([\da-f]{2})*$/), v.maxLength(4_096)) }),
);

/** A hotkey goes by its coldkey's name. */
async function readNames(
  at: AtBlock,
  hotkeys: readonly string[],
  neurons: readonly Neuron[],
): Promise<readonly (string | null)[]> {
  const item = optionalStorage(at, 'subtensorModule', 'identitiesV2');
  if (item === null) return [];
  const owners = await Promise.all(
    hotkeys.map(
      async (hotkey) => neurons.find((each) => each.hotkey === hotkey)?.coldkey ?? (await readOwner(at, hotkey)),
    ),
  );
  const known = [...new Set(owners.filter((owner) => owner !== null))];
  const found = known.length === 0 ? [] : await item.multi(known);
  const names = new Map(
    known.map((owner, i) => {
      const identity = check(identitySchema, found[i]?.toJSON() ?? null, 'Identity');
      return [owner, identity === null ? null : untrustedName(fromHex(identity.name.slice(2)))] as const;
    }),
  );
  return owners.map((owner) => (owner === null ? null : (names.get(owner) ?? null)));
}
