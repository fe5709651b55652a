import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Provenance } from '#protocol/export/folder.ts';
import type { Check, Verified } from '#protocol/export/messages.ts';
import { hasMomentum, stateTensors } from '#protocol/global-state.ts';
import { blobHash } from '#protocol/hash.ts';
import { hashedFloats } from '#protocol/integer-hash.ts';
import { hotkeyOf } from '#protocol/keys.ts';
import { type Manifest, sealManifest } from '#protocol/round/manifest.ts';
import { encodeRunSpec, runIdOf, type RunSpec } from '#protocol/run-spec.ts';
import { stateRoot } from '#protocol/state-root.ts';
import { verifyExport } from '#worker/export/verify-export.ts';
import type { SignedManifest } from '#worker/export/walk-back.ts';
import { writeExport } from '#worker/export/write-export.ts';
import { tensorSizes, validatorKey } from '../../support/round-fixtures.ts';
import { smallRun } from '../../support/small-run.ts';

const signal = new AbortController().signal;
export const validator = hotkeyOf(validatorKey);
export const ROUNDS = [7, 9, 10];

export const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-export-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** A state of reproducible numbers; each step has another. */
export function stateOf(spec: RunSpec, step: number) {
  const values = (salt: number) =>
    tensorSizes.map((size, tensor) => hashedFloats(size, 1000 * step + salt + tensor, 1));
  const state = { parameters: values(0), momentum: hasMomentum(spec) ? values(500) : [] };
  return { ...state, root: stateRoot(stateTensors(state)) };
}

/** Signed manifests of ROUNDS, the oldest first, each on the state that the one before left. */
export function sealChain(
  spec: RunSpec,
  change: (manifest: Manifest) => Partial<Manifest> = () => ({}),
): SignedManifest[] {
  const chain: SignedManifest[] = [];
  const initial = stateOf(spec, 0).root;
  for (const [index, round] of ROUNDS.entries()) {
    const manifest: Manifest = {
      ...{ run: runIdOf(encodeRunSpec(spec)), round, step: index + 1, previous: chain.at(-1)?.hash ?? null },
      ...{
        baseRoot: stateOf(spec, index).root,
        stateRoot: stateOf(spec, index + 1).root,
        entries: [],
        left: [],
        results: [],
      },
      evalLoss: 4,
      checkpoint: { step: 0, stateRoot: initial, manifest: null, index: null },
    };
    const changed = { ...manifest, ...change(manifest) };
    const bytes = sealManifest(changed, validatorKey);
    chain.push({ hash: blobHash(bytes), bytes, signer: validator, manifest: changed });
  }
  return chain;
}

/** The folder of a whole export of the newest of ROUNDS. */
export async function makeExport(spec: RunSpec = smallRun): Promise<string> {
  const folder = temporaryFolder();
  const runSpecBytes = encodeRunSpec(spec);
  const chain = sealChain(spec);
  await writeExport(
    folder,
    {
      ...{ run: { id: runIdOf(runSpecBytes), spec }, runSpecBytes, state: stateOf(spec, ROUNDS.length) },
      target: chain.at(-1)!,
      manifests: (async function* () {
        for (const link of chain.toReversed()) yield await Promise.resolve(link);
      })(),
      chain: { name: 'Test chain', genesisHash: 'ab'.repeat(32) },
      ...{ madeBy: 'millrace 1.2.3', nowMs: Date.UTC(2026, 10, 27) },
    },
    { signal },
  );
  return folder;
}

export interface Verification {
  readonly checks: readonly Check[];
  readonly verdict: Verified;
  /** Of the checks that have failed, by name. */
  readonly problems: Readonly<Record<string, string>>;
}

export async function verification(
  folder: string,
  ask: Parameters<typeof verifyExport>[1]['ask'] = null,
): Promise<Verification> {
  const checks: Check[] = [];
  const verdict = await verifyExport(folder, {
    ...{ signal, ask },
    send: (message) => {
      if (message.kind === 'check') checks.push(message.check);
    },
  });
  const failed = checks.filter(({ result }) => result === 'failed');
  return {
    checks,
    verdict,
    problems: Object.fromEntries(failed.map(({ name, details }) => [name, details.join('\n')])),
  };
}

export function flipBit(path: string, at: number, bit = 0): void {
  const bytes = readFileSync(path);
  const place = at < 0 ? bytes.length + at : at;
  bytes[place]! ^= 1 << bit;
  writeFileSync(path, bytes);
}

export function changeJson(path: string, change: (json: Record<string, unknown>) => unknown): void {
  writeFileSync(path, JSON.stringify(change(JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)));
}

/** As somebody would who replaces files and wants nobody to notice. */
export function relist(folder: string, ...names: readonly string[]): void {
  changeJson(join(folder, 'provenance.json'), (json) => {
    const said = json as unknown as Provenance;
    const files = said.files.map((file) => {
      if (!names.includes(file.name)) return file;
      const bytes = readFileSync(join(folder, file.name));
      return { ...file, sizeBytes: bytes.length, sha256: blobHash(bytes) };
    });
    return { ...said, files };
  });
}
