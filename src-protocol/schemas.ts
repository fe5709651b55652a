import * as v from 'valibot';
import { type BlobHash, type Hotkey, parseHotkey, type RunId, type StateRoot } from './ids.ts';

/** Building blocks for checking what comes from outside. */
const HEX_32_BYTES = /^[0-9a-f]{64}$/;

export const blobHashSchema = v.pipe(
  v.string(),
  v.regex(HEX_32_BYTES, 'not a blob hash'),
  v.transform((text) => text as BlobHash),
);
export const runIdSchema = v.pipe(
  v.string(),
  v.regex(HEX_32_BYTES, 'not a run id'),
  v.transform((text) => text as RunId),
);
export const stateRootSchema = v.pipe(
  v.string(),
  v.regex(HEX_32_BYTES, 'not a state root'),
  v.transform((text) => text as StateRoot),
);
export const hotkeySchema = v.pipe(
  v.string(),
  v.maxLength(64),
  v.transform((text): Hotkey => parseHotkey(text)),
);
export const uint32Schema = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffffffff));
