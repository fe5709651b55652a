import type { Provenance } from '#protocol/export/folder.ts';
import type { Check, ExportMessage } from '#protocol/export/messages.ts';
import type { ManifestReading } from './verify-manifests.ts';
import type { Finding } from './verify-model.ts';

/** Details beyond these say nothing new. */
const MAX_DETAILS = 25;
const MAX_WORDS = 1000;

export interface Report {
  readonly found: (name: string, finding: Finding) => void;
  readonly skipped: (name: string, why: string) => void;
  /** Nothing has failed or was skipped. */
  readonly isOk: () => boolean;
}

/** Tells each check as it is done. */
export function createReport(send: (message: Extract<ExportMessage, { kind: 'check' }>) => void): Report {
  let isOk = true;
  const tell = (name: string, result: Check['result'], details: readonly string[]): void => {
    if (result !== 'ok') isOk = false;
    const shown = details.slice(0, MAX_DETAILS).map((words) => words.slice(0, MAX_WORDS));
    if (details.length > MAX_DETAILS) shown.push(`and ${details.length - MAX_DETAILS} more`);
    send({ kind: 'check', check: { name, result, details: shown } });
  };
  return {
    found: (name, { problems, good }) =>
      problems.length > 0 ? tell(name, 'failed', problems) : tell(name, 'ok', [good]),
    skipped: (name, why) => tell(name, 'skipped', [why]),
    isOk: () => isOk,
  };
}

export function describeManifests({ good, firstRound, last, signers }: ManifestReading): string {
  const [first, newest] = [firstRound ?? 0, last?.manifest.round ?? 0];
  const rounds =
    good === 1
      ? `1 manifest, of round ${newest}`
      : `${good} manifests, from round ${first} to ${newest}, each follows the one before`;
  return `${rounds}; signed by ${[...signers].join(', ')}`;
}

/** What a folder alone cannot tell. */
export function unknownOf(
  { chain, madeAt, madeBy }: Provenance,
  signer: string | null,
  wasChainAsked: boolean,
): readonly string[] {
  const made = `when and with what this folder was made: provenance.json, which nobody signed, says ${madeAt} and ${madeBy}`;
  if (signer === null) return [made];
  const subnet = `this run's subnet on “${chain.name}” (genesis ${chain.genesisHash.slice(0, 12)}…)`;
  const was = `whether ${signer} was a validator of ${subnet} in that round`;
  return [wasChainAsked ? `${was}: the chain says who is one now` : `${was}; --chain URL asks who is one now`, made];
}
