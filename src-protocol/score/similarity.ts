import { domainHash } from '../hash.ts';
import type { Hotkey, StateRoot } from '../ids.ts';
import { parameterShapes } from '../model-shape.ts';
import { randomStream } from '../random.ts';
import type { RunSpec } from '../run-spec.ts';
import { keptInChunk } from '../update/chunks.ts';
import { namingPart } from '../update/naming-part.ts';
import { PartReader } from '../update/part-reader.ts';
import { type Part, partsOf, tensorSizes } from '../update/parts.ts';
import { tokensPerStep } from '../update/update-header.ts';
import { sparseFor } from '../update/sparse-tensor.ts';
import type { OpenedUpdate } from '../update/update-blob.ts';
import { overlapsOf } from './overlaps.ts';

/** Chunks that are compared: enough for some thousand indices, few enough for a thousand workers. */
const SAMPLED_CHUNKS = 64;
/** Chunks that send fewer values than this say little. */
const MIN_KEPT = 4;
/**
 * What honest workers have in common: they start from the same state and train on different text. Measured with real gradients and
 * error feedback over all pairs: the devnet's model (chunks of 4096, 64 kept) mean 0.33, most 0.42 in round 0 and 0.25, 0.29 in
 * round 1, with embedding and head 0.19, 0.21 in round 4; a model of 40 thousand parameters (256, 16 kept) mean 0.38, most 0.59 in
 * round 0, 0.27 and 0.36 in round 5. With this value whoever shares 0.65 is a copy; a copy with 30 % of its indices replaced shares
 * 0.7. The reference punishes from 0.4 on, and not at all in the first 20 steps (facts §2).
 */
const HONEST_OVERLAP = 0.3;
/**
 * The same of updates of a single inner step. AdamW's first one moves every value by the learning rate, so that all are equally large and
 * weight decay, the same for everyone, decides which are sent: measured on the devnet's model 0.66 to 0.68 in round 0 and up to 0.78 in
 * round 2, against 0.08 to 0.14 of two steps. A slow machine's first updates are such.
 */
const HONEST_OVERLAP_OF_ONE_STEP = 0.8;
/** With fewer others the round does not show what its honest workers have in common. */
const MIN_OTHERS = 4;
/** The lower quartile is taken, so that copies among the others do not count as usual unless they are three in four. */
const QUARTILE = 4;

/** Which indices an update has in the sampled chunks, with their signs. */
export interface Fingerprint {
  readonly hotkey: Hotkey;
  /** The state that the update says it starts from. */
  readonly baseRoot: StateRoot;
  /** Whether it says that it is of a single inner step. */
  readonly isOneStep: boolean;
  /** 2 · (slot · chunkSize + index in the chunk) + (1 if negative), ascending. */
  readonly marks: Uint32Array;
}

/**
 * A fingerprint without values: neither noise on the levels nor another scale changes it.
 * @param seed hash of the round's seed block: nobody knows which chunks are compared while updates can still be announced
 * @throws ProtocolError when the update cannot be decoded
 */
export function fingerprintUpdate(
  spec: RunSpec,
  { hotkey, baseRoot, update }: Pick<Fingerprint, 'hotkey' | 'baseRoot'> & { readonly update: OpenedUpdate },
  seed: Uint8Array,
): Fingerprint {
  const marks: number[] = [];
  const { chunkSize } = spec.update;
  const parts = partsOf(tensorSizes(spec), spec.update);
  let slot = 0;
  for (const { part: index, chunks } of sampleChunks(parts, spec, seed)) {
    const [part, bytes] = [parts[index], update.parts[index]];
    if (part === undefined || bytes === undefined) throw new RangeError(`The update has no part ${index}`);
    const into = sparseFor(part.length, spec.update);
    namingPart(index, () => {
      const reader = new PartReader(bytes, part.length, spec.update);
      for (const chunk of chunks) {
        const start = chunk * chunkSize;
        const end = Math.min(start + chunkSize, part.length);
        const written = reader.read(end, into, 0, 0);
        for (let at = written - keptInChunk(end - start, spec.update); at < written; at += 1) {
          const place = slot * chunkSize + (into.indices[at] ?? 0) - start;
          marks.push(2 * place + ((into.values[at] ?? 0) < 0 ? 1 : 0));
        }
        slot += 1;
      }
    });
  }
  const isOneStep = update.tokens <= tokensPerStep(spec);
  return { hotkey, baseRoot, isOneStep, marks: Uint32Array.from(marks) };
}

/**
 * Who handed in nearly what somebody else had announced before: whoever is nearer to being the same than to what honest workers
 * have in common, (1 + usual) / 2. All are compared, for where an update starts is its sender's word, and a copier's would differ;
 * but what is usual is what those have in common that start where the original does: others have less.
 * @param fingerprints of one round, in the order of first announcement
 * @param rest awaited between short pieces of work, so that others get their turn
 * @param before of updates that everyone can have had since the rounds before: originals, never copies. The own one counts as well, for
 * error feedback leaves nothing to send twice
 * @returns copier → first publisher
 */
export async function findNearDuplicates(
  fingerprints: readonly Fingerprint[],
  rest: () => Promise<unknown>,
  before: readonly Fingerprint[] = [],
): Promise<ReadonlyMap<Hotkey, Hotkey>> {
  const copies = new Map<Hotkey, Hotkey>();
  const all = [...before, ...fingerprints];
  const rows = await overlapsOf(all, rest);
  /** Of whoever has come near to somebody: what it has in common with the others of its base, ascending. */
  const ascending = new Map<number, Float64Array>();
  for (const [at, later] of fingerprints.entries()) {
    const index = before.length + at;
    const original = all.slice(0, index).findIndex(({ baseRoot, isOneStep }, earlier) => {
      const row = rows[earlier];
      const shared = row?.[index] ?? 0;
      const honest = isOneStep && later.isOneStep ? HONEST_OVERLAP_OF_ONE_STEP : HONEST_OVERLAP;
      if (row === undefined || shared < (1 + honest) / 2) return false;
      const isPeer = (_: number, one: number): boolean => one !== earlier && all[one]?.baseRoot === baseRoot;
      const sorted = ascending.get(earlier) ?? row.filter(isPeer).toSorted();
      ascending.set(earlier, sorted);
      const usual = usualOverlap(sorted, later.baseRoot === baseRoot ? shared : null);
      return shared >= (1 + Math.max(honest, usual)) / 2;
    });
    const first = all[original]?.hotkey;
    if (first !== undefined) {
      copies.set(later.hotkey, original < before.length ? first : (copies.get(first) ?? first));
    }
    await rest();
  }
  return copies;
}

/**
 * 0 where too few say. The caller never goes below what honest workers have: a crowd of nonsense must not make that look like copies.
 * @param row what one has in common with each other of its base, ascending
 * @param left one of these, which does not count
 */
function usualOverlap(row: Float64Array, left: number | null): number {
  const others = row.length - (left === null ? 0 : 1);
  if (others < MIN_OTHERS) return 0;
  const at = Math.floor(others / QUARTILE);
  return row[left === null || (row[at] ?? 0) < left ? at : at + 1] ?? 0;
}

/**
 * The same chunks for every update of the round, by part, ascending; of the decoder blocks alone. In the embedding everyone moves
 * the rows of the same common tokens, and a chunk of rows that nobody met is all zeros, of which everyone sends the first.
 */
function sampleChunks(
  parts: readonly Part[],
  { model, update }: Pick<RunSpec, 'model' | 'update'>,
  seed: Uint8Array,
): readonly { readonly part: number; readonly chunks: readonly number[] }[] {
  const { chunkSize } = update;
  const wholeEnough = (length: number): boolean => keptInChunk(length, update) >= Math.min(MIN_KEPT, update.topK);
  const names = parameterShapes(model).map(({ name }) => name);
  const candidates = parts.map(({ tensor, length }) => {
    if (names[tensor]?.startsWith('model.layers.') !== true) return 0;
    const rest = length % chunkSize;
    return Math.floor(length / chunkSize) * (wholeEnough(chunkSize) ? 1 : 0) + (rest > 0 && wholeEnough(rest) ? 1 : 0);
  });
  const total = candidates.reduce((sum, count) => sum + count, 0);
  const random = randomStream(domainHash('millrace/fingerprint/1', seed));
  const drawn = new Set<number>();
  while (drawn.size < Math.min(SAMPLED_CHUNKS, total)) drawn.add(random.nextBelow(total));
  const ordinals = [...drawn].toSorted((a, b) => a - b);
  let first = 0;
  return candidates.flatMap((count, part) => {
    const chunks = ordinals.filter((ordinal) => ordinal >= first && ordinal < first + count).map((o) => o - first);
    first += count;
    return chunks.length === 0 ? [] : [{ part, chunks }];
  });
}
