import * as v from 'valibot';
import type { ServerMessage } from '#protocol/contract/commands.ts';
import type { AppState } from '#protocol/contract/state.ts';

const sequence = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const operation = v.object({
  op: v.picklist(['add', 'remove', 'replace']),
  path: v.array(v.union([v.string(), v.number()])),
  value: v.optional(v.unknown()),
});

/** The envelope is checked; the tree inside comes from our own main process and follows the contract's types. */
const serverMessage = v.variant('kind', [
  v.object({
    kind: v.literal('snapshot'),
    sequence,
    state: v.custom<AppState>((value) => typeof value === 'object' && value !== null),
  }),
  v.object({ kind: v.literal('patch'), sequence, operations: v.array(operation) }),
  v.object({
    kind: v.literal('reply'),
    id: sequence,
    reply: v.variant('ok', [
      v.object({ ok: v.literal(true), value: v.optional(v.unknown()) }),
      v.object({ ok: v.literal(false), code: v.string(), message: v.string() }),
    ]),
  }),
]);

/** `null` when the text is no message of the contract. */
export function parseServerMessage(text: unknown): ServerMessage | null {
  if (typeof text !== 'string') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const result = v.safeParse(serverMessage, value);
  return result.success ? result.output : null;
}
