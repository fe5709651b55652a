import * as v from 'valibot';
import type { ReadyHardwareState } from './detect.ts';

/** Main → probe, the first and only message. */
export const ProbeRequestSchema = v.object({ kind: v.literal('detect') });

/** Probe → main, once; then the probe exits. */
export type ProbeReply =
  | { readonly kind: 'hardware'; readonly state: ReadyHardwareState }
  | { readonly kind: 'failed'; readonly message: string };
