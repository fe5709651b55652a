import { fromHex, uint32Bytes } from '../bytes.ts';
import { domainHash } from '../hash.ts';
import type { Hotkey, RunId } from '../ids.ts';
import { publicKeyOf } from '../keys.ts';
import { type RandomStream, randomStream } from '../random.ts';
import type { RunSpec } from '../run-spec.ts';

/** A stretch of `sequenceLength + 1` byte tokens in one data page. */
export interface TokenWindow {
  readonly page: number;
  readonly offset: number;
}

/**
 * The windows that a worker trains on in a round, in order: step s uses windows s·batchSize … (s+1)·batchSize − 1.
 * Anyone can recompute them from the hash of the round's first block, which nobody knows before it exists.
 */
export function assignedWindows(spec: RunSpec, key: Draw & { readonly hotkey: Hotkey }): readonly TokenWindow[] {
  const random = randomStream(
    domainHash(
      'millrace/assigned/1',
      fromHex(key.run),
      uint32Bytes(key.round),
      fromHex(key.blockHash),
      publicKeyOf(key.hotkey),
    ),
  );
  const trainPages = spec.data.pages.length - spec.data.holdoutPages;
  const pages = Array.from({ length: spec.data.pagesPerRound }, () => random.nextBelow(trainPages));
  return drawWindows(spec, random, pages, spec.inner.steps * spec.inner.batchSize);
}

/** A round, and the hash of a block that nobody knows before. */
interface Draw {
  readonly run: RunId;
  readonly round: number;
  readonly blockHash: string;
}

/** Windows of the held-out pages; the hash of the round's seed block (clock.ts) keeps them unknown while updates can be announced. */
export function holdoutWindows(spec: RunSpec, draw: Draw, count: number): readonly TokenWindow[] {
  const first = spec.data.pages.length - spec.data.holdoutPages;
  return drawFrom(spec, 'millrace/holdout/1', draw, { first, pages: spec.data.holdoutPages }, count);
}

/** Windows of the pages that are trained on, which nobody was assigned; unknown like those that are held out. */
export function unassignedWindows(spec: RunSpec, draw: Draw, count: number): readonly TokenWindow[] {
  const trainPages = spec.data.pages.length - spec.data.holdoutPages;
  return drawFrom(spec, 'millrace/unassigned/1', draw, { first: 0, pages: trainPages }, count);
}

function drawFrom(
  spec: RunSpec,
  domain: string,
  draw: Draw,
  { first, pages }: { readonly first: number; readonly pages: number },
  count: number,
): readonly TokenWindow[] {
  const random = streamOf(domain, draw);
  const drawn = Array.from({ length: count }, () => first + random.nextBelow(pages));
  return drawWindows(spec, random, drawn, count);
}

const streamOf = (domain: string, { run, round, blockHash }: Draw): RandomStream =>
  randomStream(domainHash(domain, fromHex(run), uint32Bytes(round), fromHex(blockHash)));

/**
 * Of the windows that a worker says it has trained on those that it is asked about: one out of each of so many stretches of them, by
 * the hash of the round's seed block. Who knew them while it trained would need no others. Fewer where it trained on fewer.
 */
export function askedWindows(trained: readonly TokenWindow[], draw: Draw, count: number): readonly TokenWindow[] {
  const random = streamOf('millrace/asked/1', draw);
  const stretches = Math.min(count, trained.length);
  const start = (stretch: number): number => Math.floor((stretch * trained.length) / stretches);
  return Array.from({ length: stretches }, (_, stretch) => {
    const from = start(stretch);
    return trained[from + random.nextBelow(start(stretch + 1) - from)];
  }).filter((window) => window !== undefined);
}

function drawWindows(spec: RunSpec, random: RandomStream, pages: readonly number[], count: number): TokenWindow[] {
  const windowTokens = spec.model.sequenceLength + 1;
  return Array.from({ length: count }, (_, i) => {
    const page = pages[i % pages.length] ?? 0;
    const sizeBytes = spec.data.pages[page]?.sizeBytes ?? 0;
    return { page, offset: random.nextBelow(sizeBytes - windowTokens + 1) };
  });
}
