import * as v from 'valibot';
import type { ReadyHardwareState } from './detect.ts';

/** Main → probe, at any time: end the tools that run, then yourself. */
export const StopSchema = v.object({ kind: v.literal('stop') });

/** Main → probe, the first message. */
export const ProbeRequestSchema = v.object({ kind: v.literal('detect') });

/** Probe → main, once; then the probe exits. */
export type ProbeReply =
  | { readonly kind: 'hardware'; readonly state: ReadyHardwareState }
  | { readonly kind: 'failed'; readonly message: string };
