import type { ApiPromise } from '@polkadot/api';
import * as v from 'valibot';
import { check } from '../../envelope.ts';
import type { Uid } from '../../ids.ts';
import { rao } from '../../units.ts';
import type { Neuron, SubnetInfo } from '../chain-client.ts';
import { type At, entriesOf, optionalStorage, runtimeApi, storage } from './items.ts';
import { alphaAmount } from './json-values.ts';
import { checkedColdkey as coldkey, count, checkedHotkey as hotkey } from '../wire-values.ts';

/** u16::MAX stands for all of the miners' emission. */
const FULL_INCENTIVE = 65_535;
export const MAX_NEURONS = 4_096;

const liteSchema = v.pipe(
  v.array(
    v.object({
      ...{ hotkey, coldkey, uid: count, validatorPermit: v.boolean() },
      ...{ emission: alphaAmount, incentive: count, stake: v.array(v.tuple([v.unknown(), alphaAmount])) },
    }),
  ),
  v.maxLength(MAX_NEURONS),
);
type Lite = v.InferOutput<typeof liteSchema>[number];

/**
 * All neurons of a subnet by uid, as of one block: by the runtime's own function, else from storage.
 * @param head hash of the newest block, hex, where it is known: then nobody has to ask for it
 * @throws ProtocolError when the chain's answer is none
 */
export async function readNeurons(
  api: ApiPromise,
  netuid: number,
  head: string | null = null,
): Promise<readonly Neuron[]> {
  const at = await api.at(head === null ? await api.rpc.chain.getBlockHash() : `0x${head}`);
  const byApi = runtimeApi(at, 'neuronInfoRuntimeApi', 'getNeuronsLite');
  const [neurons, registeredAt] = await Promise.all([
    byApi === null
      ? fromStorage(at, netuid)
      : byApi(netuid).then((found) => check(liteSchema, found.toJSON(), 'Neurons')),
    valuesByUid(at, 'blockAtRegistration', netuid, count),
  ]);
  return neurons
    .toSorted((a, b) => a.uid - b.uid)
    .map((neuron) => ({
      ...{ uid: neuron.uid as Uid, hotkey: neuron.hotkey, coldkey: neuron.coldkey },
      // Alpha at the subnet's own weighing: it orders validators, and is never shown as TAO.
      stakeRao: rao(neuron.stake.reduce((sum, [, each]) => sum + each, 0n)),
      validatorPermit: neuron.validatorPermit,
      registeredAtBlock: registeredAt.get(neuron.uid) ?? 0,
      emissionRao: rao(neuron.emission),
      incentive: neuron.incentive / FULL_INCENTIVE,
    }));
}

/** For chains whose runtime has no such function (any more). */
async function fromStorage(at: At, netuid: number): Promise<readonly Lite[]> {
  const vector = async <S extends v.GenericSchema>(name: string, schema: S): Promise<v.InferOutput<S>[]> =>
    check(v.array(schema), (await optionalStorage(at, 'subtensorModule', name)?.(netuid))?.toJSON() ?? [], name);
  const [hotkeys, permits, emissions, incentives] = await Promise.all([
    valuesByUid(at, 'keys', netuid, hotkey),
    vector('validatorPermit', v.boolean()),
    vector('emission', alphaAmount),
    vector('incentive', count),
  ]);
  const keys = [...hotkeys.values()];
  const many = (name: string, args: readonly unknown[]) => storage(at, 'subtensorModule', name).multi([...args]);
  const [owners, stakes] = await Promise.all([
    many('owner', keys),
    many(
      'totalHotkeyAlpha',
      keys.map((key) => [key, netuid]),
    ),
  ]);
  return [...hotkeys].map(([uid, key], i) => ({
    ...{ uid, hotkey: key, coldkey: check(coldkey, owners[i]?.toJSON(), 'Owner') },
    ...{ validatorPermit: permits[uid] ?? false, incentive: incentives[uid] ?? 0 },
    emission: emissions[uid] ?? check(alphaAmount, 0, 'Emission'),
    stake: [[null, check(alphaAmount, stakes[i]?.toJSON(), 'Stake')]],
  }));
}

async function valuesByUid<S extends v.GenericSchema>(
  at: At,
  name: string,
  netuid: number,
  schema: S,
): Promise<ReadonlyMap<number, v.InferOutput<S>>> {
  const entries = await entriesOf(storage(at, 'subtensorModule', name), netuid);
  return new Map(
    entries.map(([key, value]) => [
      check(count, key.args[1]?.toJSON(), `Uid of ${name}`),
      check(schema, value.toJSON(), name),
    ]),
  );
}

/** `null` when the chain has no such subnet. */
export async function readSubnet(api: ApiPromise, netuid: number): Promise<SubnetInfo | null> {
  const of = (name: string) => storage(api, 'subtensorModule', name)(netuid);
  const [exists, ownerHotkey, tempo] = await Promise.all([of('networksAdded'), of('subnetOwnerHotkey'), of('tempo')]);
  if (exists.toJSON() !== true) return null;
  return {
    netuid,
    ownerHotkey: check(hotkey, ownerHotkey.toJSON(), 'Owner of the subnet'),
    tempo: check(count, tempo.toJSON(), 'Tempo'),
  };
}
