import { resolve } from 'node:path';
import type { Check, Verified } from '#protocol/export/messages.ts';
import { MillraceError } from '#protocol/errors.ts';
import { DEVNET_NETUID } from '#main/core/devnet-genesis.ts';
import { runExportProcess } from '#main/core/export-process.ts';
import { chainOf, exportChainOf } from './chain-of.ts';
import { EXIT_DONE, EXIT_FAILED, EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import type { VerifyOptions } from './command-line.ts';

const RESULTS: Readonly<Record<Check['result'], string>> = { ok: 'ok', failed: 'FAILED', skipped: 'not checked' };

/** `millrace verify`: checks an export folder, without a network unless --chain names one. @throws MillraceError USAGE, … */
export async function runVerify(
  home: string,
  options: VerifyOptions,
  { output, log, interrupted, processes }: CommandContext,
): Promise<number> {
  const folder = resolve(options.folder);
  const network = options.chain === undefined ? null : chainOf(home, options.chain);
  if (options.chain !== undefined && network === null) {
    throw new MillraceError('CHAIN_UNREACHABLE', `No devnet runs with the data folder ${home}`);
  }
  const counts = { ok: 0, failed: 0, skipped: 0 };
  const result = await runExportProcess({
    ...{ processes, interrupted, log, onStep: (detail) => log('info', detail) },
    onCheck: (check) => {
      counts[check.result] += 1;
      output.event('check', check);
      for (const line of describeCheck(check)) output.line(line);
    },
    start: {
      kind: 'start-verify',
      ...{ folder, chain: network === null ? null : exportChainOf(network), netuid: options.netuid ?? DEVNET_NETUID },
    },
  });
  if (result?.kind !== 'verified') return EXIT_INTERRUPTED;
  const { kind, ...verified } = result;
  output.event(kind, { folder, ...verified });
  output.line('');
  output.line(describeVerdict(result, counts, folder));
  for (const words of result.unknown) output.line(`Not known from the folder alone: ${words}.`);
  return result.ok ? EXIT_DONE : EXIT_FAILED;
}

/** A row of the table; what else was found stands below the first finding. */
function describeCheck({ name, result, details }: Check): readonly string[] {
  const [first = '', ...others] = details;
  const columns = `${name.padEnd(11)} ${RESULTS[result].padEnd(12)}`;
  return [`${columns} ${first}`, ...others.map((words) => `${' '.repeat(columns.length)} ${words}`)];
}

function describeVerdict(
  { ok, run, round, signer }: Verified,
  counts: Record<Check['result'], number>,
  folder: string,
): string {
  if (ok)
    return `Verified: the weights of round ${round ?? 0} of run “${run?.name ?? ''}”, as ${signer ?? ''} signed them.`;
  const skipped = counts.skipped === 0 ? '' : `, and ${counts.skipped} could not be made`;
  const all = counts.ok + counts.failed + counts.skipped;
  return `NOT VERIFIED: ${counts.failed} of ${all} checks failed${skipped}. Do not trust what is in ${folder}.`;
}
