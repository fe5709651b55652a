import * as v from 'valibot';
import { check, decodeCbor, encodeCbor } from '../envelope.ts';
import { ProtocolError } from '../errors.ts';
import { hotkeySchema, uint32Schema } from '../schemas.ts';
import type { ScoreBook } from './standing.ts';

/** A chain's subnet has at most 4096 members, each of about 300 bytes here. */
export const MAX_BOOK_BYTES = 4 * 1024 * 1024;

const finite = v.pipe(v.number(), v.finite());
const between = (min: number, max: number) => v.pipe(v.number(), v.minValue(min), v.maxValue(max));
const skillSchema = v.strictObject({ mu: finite, sigma: v.pipe(finite, v.gtValue(0)) });

const standingSchema = v.strictObject({
  skill: skillSchema,
  ownData: between(-1, 1),
  uptime: between(0, 1),
  agreement: between(0, 1),
  reputation: between(0, 100),
  score: between(0, 100),
  heldBack: v.pipe(finite, v.minValue(0)),
  payout: v.pipe(finite, v.minValue(0)),
  evaluations: uint32Schema,
  lastEvaluated: v.nullable(uint32Schema),
  negativeStreak: uint32Schema,
  poisonRounds: uint32Schema,
  excusedDebt: uint32Schema,
  trust: v.variant('kind', [
    v.strictObject({ kind: v.literal('quarantine'), good: uint32Schema }),
    v.strictObject({ kind: v.literal('trusted') }),
    v.strictObject({ kind: v.literal('barred'), why: v.picklist(['poison', 'harm', 'copy']), good: uint32Schema }),
  ]),
});

/** 2: which round was rated last, and what was excused. */
const VERSION = 2;

const bookSchema = v.strictObject({
  version: v.literal(VERSION),
  idle: skillSchema,
  ratedRound: v.pipe(v.number(), v.safeInteger(), v.minValue(-1), v.maxValue(0xffffffff)),
  standings: v.array(v.tuple([hotkeySchema, standingSchema])),
});

/** The book as a validator keeps it over a restart: CBOR, in the order of the hotkeys. */
export const encodeScoreBook = ({ idle, ratedRound, standings }: ScoreBook): Uint8Array =>
  encodeCbor({
    ...{ version: VERSION, idle, ratedRound },
    standings: [...standings].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  });

/** @throws ProtocolError that names the field */
export function decodeScoreBook(bytes: Uint8Array): ScoreBook {
  if (bytes.length > MAX_BOOK_BYTES) throw new ProtocolError(`Score book of ${bytes.length} bytes is too large`);
  const { idle, ratedRound, standings } = check(bookSchema, decodeCbor(bytes), 'Score book');
  return { idle, ratedRound, standings: new Map(standings) };
}
