import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { errorMessage, MillraceError } from '#protocol/errors.ts';
import type { ExportChain } from '#protocol/export/messages.ts';
import { DEVNET_NETUID } from '#main/core/devnet-genesis.ts';
import { runExportProcess } from '#main/core/export-process.ts';
import { isHomeLocked } from '#main/core/home-lock.ts';
import { makeFolder } from '#main/core/make-folder.ts';
import { chainOf, exportChainOf } from './chain-of.ts';
import { EXIT_DONE, EXIT_INTERRUPTED, type CommandContext } from './command-context.ts';
import type { ExportOptions } from './command-line.ts';

/** The machine trains meanwhile. */
const MAX_THREADS = 4;

/**
 * `millrace export`: writes a round's weights, and what proves them, into a folder.
 * @throws MillraceError USAGE, NOT_FOUND, CHAIN_UNREACHABLE, BLOB_MISSING, …
 */
export async function runExport(home: string, options: ExportOptions, context: CommandContext): Promise<number> {
  const { output, log, interrupted, nowMs, processes } = context;
  const out = resolve(options.out);
  if (out === dirname(out)) throw new MillraceError('USAGE', `${out} cannot be replaced: name a folder in it`);
  // Beside its place, so that it moves there in one step.
  const workDir = join(dirname(out), `.${basename(out)}.export-${process.pid}`);
  const chain = chainFor(home, options);
  try {
    placeFor(out);
    const result = await runExportProcess({
      ...{ processes, interrupted, log, onStep: (detail) => log('info', detail) },
      start: {
        kind: 'start-export',
        ...{ chain, out, workDir, netuid: options.netuid ?? DEVNET_NETUID },
        run: options.run ?? null,
        round: options.round ?? null,
        replace: options.force === true,
        threads: Math.max(1, Math.min(MAX_THREADS, Math.floor(availableParallelism() / 2))),
        madeBy: `millrace ${context.version}`,
        nowMs: nowMs(),
      },
    });
    if (result?.kind !== 'exported') return EXIT_INTERRUPTED;
    const { kind, ...exported } = result;
    output.event(kind, { out, ...exported });
    const { run, round, step, stateRoot, signer, manifests, files, sizeBytes } = exported;
    output.line(`Run      ${run.id}  “${run.name}”`);
    output.line(
      `Round    ${round}, step ${step}, with ${manifests} signed ${manifests === 1 ? 'manifest' : 'manifests'}`,
    );
    output.line(`State    ${stateRoot}`);
    output.line(`Signed   by ${signer}`);
    output.line(`Written  ${files} files, ${(sizeBytes / 1e6).toFixed(1)} MB, to ${out}`);
    output.line(`Check it with: millrace verify ${options.out}`);
    return EXIT_DONE;
  } finally {
    // The process removes it, unless it was killed.
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Here and not in the process, where a folder that nothing can be made in might hold it up for ever. @throws MillraceError USAGE */
function placeFor(out: string): void {
  try {
    makeFolder(dirname(out));
  } catch (cause) {
    const message = `The folder ${dirname(out)} cannot be made: ${errorMessage(cause)}. Choose another --out.`;
    throw new MillraceError('USAGE', message, { cause });
  }
}

/** @throws MillraceError CHAIN_UNREACHABLE that says what to do */
function chainFor(home: string, { chain }: ExportOptions): ExportChain {
  const network = chainOf(home, chain);
  if (network !== null) return exportChainOf(network);
  const advice = 'or name a chain with --chain finney or --chain wss://…';
  const isRunning = existsSync(home) && isHomeLocked(home);
  const start = `start it there (millrace run, or millrace devnet), let a round pass and export meanwhile`;
  throw new MillraceError(
    'CHAIN_UNREACHABLE',
    isRunning
      ? `The chain of ${home} does not run yet: try again in a moment, ${advice}`
      : `Millrace is not running with the data folder ${home}, so its devnet does not either: ${start}, ${advice}`,
  );
}
