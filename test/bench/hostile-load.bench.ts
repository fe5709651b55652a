import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { readChainFile } from '#main/core/chain-file.ts';
import { decodeCommitment } from '#protocol/chain/commitment.ts';
import { createSubtensorClient } from '#protocol/chain/subtensor/subtensor-client.ts';
import { buildIfStale } from '../../scripts/setup/build-if-stale.mjs';
import type { BenchResult } from '../../scripts/bench/report.ts';
import { processTree, roleOf } from '../support/process-tree.ts';
import { Rig } from '../support/rig.ts';
import { DEVNET_NETUID } from '#main/core/devnet-genesis.ts';
import { createAttack } from './support/hostile-streams.ts';

/** `streams`: to open against each victim; `megabytes`: garbage for each. */
export const options = { streams: ['10000', '1000'], megabytes: ['1000', '100'] } as const;

const ROUNDS_BEFORE = 2;
const ROUNDS_AFTER = 2;
/** What a process may grow by while it is attacked: 32 connections with a window of 2 MiB for each of a few streams. */
const MEMORY_CAP_MIB = 256;
const MIB = 1024 * 1024;

/**
 * A devnet as its owner starts it; its validator and its worker are attacked by peers that open streams of every protocol and send
 * garbage as fast as it is taken. Honest rounds go on meanwhile, or they don't.
 */
export async function run(wished: Readonly<Record<'streams' | 'megabytes', string>>): Promise<BenchResult> {
  await buildIfStale();
  const goal = { streams: Number(wished.streams), bytes: Number(wished.megabytes) * 1_000_000 };
  const home = mkdtempSync(join(tmpdir(), 'millrace-hostile-'));
  const rig = new Rig(home, ['--rounds', '1000']);
  try {
    await rig.until(() => rig.rounds.length >= ROUNDS_BEFORE);
    const victims = await addressesOf(home);
    const before = usage(rig.pid);
    const peaks = new Map(before);
    const watch = setInterval(() => {
      for (const [role, mib] of usage(rig.pid)) peaks.set(role, Math.max(mib, peaks.get(role) ?? 0));
    }, 500);
    const roundsAtStart = rig.rounds.length;
    const startMs = performance.now();
    const attacks = await Promise.all(victims.map((address) => createAttack(address, goal)));
    const seconds = (performance.now() - startMs) / 1000;
    const during = rig.rounds.slice(roundsAtStart);
    const settledBy = rig.rounds.length + ROUNDS_AFTER;
    await rig.until(() => rig.rounds.length >= settledBy);
    clearInterval(watch);
    const lost = rig.rounds.slice(roundsAtStart).filter(({ stateRoot }) => typeof stateRoot !== 'string').length;
    const streams = attacks.reduce((least, attack) => Math.min(least, attack.streams), Infinity);
    const bytes = attacks.reduce((least, attack) => Math.min(least, attack.bytes), Infinity);
    const growth = ['worker', 'validator'].map((role) => (peaks.get(role) ?? 0) - (before.get(role) ?? 0));
    return {
      runs: 1,
      rows: [
        ...attacks.map((attack, n) => ({ name: `attack on victim ${n}`, ...attack })),
        { name: 'rounds', during: during.length, seconds, withoutManifest: lost },
        ...[...peaks].map(([role, mib]) => ({ name: role, beforeMiB: before.get(role) ?? 0, peakMiB: mib })),
      ],
      verdicts: [
        verdict('streams opened against each', streams, `>= ${goal.streams}`, streams >= goal.streams),
        verdict('bytes of garbage sent to each', bytes, `>= ${goal.bytes}`, bytes >= goal.bytes),
        verdict('rounds without a manifest since the attack began', lost, '= 0', lost === 0),
        verdict(
          'MiB grown, the larger',
          Math.max(...growth),
          `<= ${MEMORY_CAP_MIB}`,
          Math.max(...growth) <= MEMORY_CAP_MIB,
        ),
      ],
    };
  } finally {
    await rig.kill();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Of the devnet's validators, and of one worker. */
async function addressesOf(home: string): Promise<readonly string[]> {
  const url = readChainFile(home)?.chain;
  if (url === undefined) throw new Error('The devnet has no chain');
  const chain = createSubtensorClient({ endpoints: [url], webSocket: WebSocket });
  try {
    const [neurons, commitments] = await Promise.all([
      chain.neurons(DEVNET_NETUID),
      chain.commitments(DEVNET_NETUID, null),
    ]);
    const addressOf = (isValidator: boolean): string | null => {
      const hotkeys = new Set(
        neurons.filter(({ validatorPermit }) => validatorPermit === isValidator).map(({ hotkey }) => hotkey),
      );
      const said = commitments
        .filter(({ hotkey }) => hotkeys.has(hotkey))
        .map(({ fields }) => decodeCommitment(fields));
      return said.find(({ address }) => address !== null)?.address ?? null;
    };
    return [addressOf(true), addressOf(false)].filter((address) => address !== null);
  } finally {
    chain.close();
  }
}

const usage = (pid: number): ReadonlyMap<string, number> =>
  new Map(processTree(pid).map((entry) => [roleOf(entry), Math.round(entry.rssBytes / MIB)]));

const verdict = (name: string, value: number, goal: string, ok: boolean) => ({ name, value, goal, ok });
