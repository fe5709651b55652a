import * as v from 'valibot';
import { publicKeyOf } from '#protocol/keys.ts';
import type { AnswerMessage, FoundMessage } from '#protocol/contract/extension-page.ts';

/** What a page sends in one request, in bytes. */
export const MAX_BODY_BYTES = 64 * 1024;

const taskId = v.pipe(v.string(), v.maxLength(64));
const words = v.pipe(v.string(), v.maxLength(100));
const hex = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength), v.regex(/^0x(?:[0-9a-f]{2})+$/i));

export const foundSchema = v.strictObject({
  taskId,
  extensions: v.pipe(v.array(v.strictObject({ name: words, version: words })), v.maxLength(32)),
}) satisfies v.GenericSchema<unknown, FoundMessage>;

const address = v.pipe(v.string(), v.maxLength(64), v.check(isAddress, 'no SS58 address with prefix 42'));
const account = v.strictObject({ address, name: words, source: words });

export const answerSchema = v.variant('kind', [
  v.strictObject({
    taskId,
    kind: v.literal('accounts'),
    accounts: v.pipe(v.array(account), v.minLength(1), v.maxLength(64)),
  }),
  v.strictObject({
    taskId,
    kind: v.literal('signed'),
    signature: hex(2 + 2 * 66),
    signedTransaction: v.optional(hex(MAX_BODY_BYTES)),
  }),
  v.strictObject({ taskId, kind: v.literal('refused') }),
]) satisfies v.GenericSchema<unknown, AnswerMessage>;

function isAddress(text: string): boolean {
  try {
    publicKeyOf(text);
    return true;
  } catch {
    return false;
  }
}
