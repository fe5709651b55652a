import { availableParallelism, cpus, totalmem } from 'node:os';
import * as v from 'valibot';
import type { HardwareState } from '#protocol/contract/state.ts';
import { MillraceError } from '#protocol/errors.ts';
import { describeExit, type ProcessHost } from './process-host.ts';
import { stopChild, trackChild } from './stop-child.ts';

/** Detection itself gives every tool a few seconds; this is for a probe that hangs as a whole. */
const SCAN_TIMEOUT_MS = 45_000;
/** The probe needs a moment to end the tools that it has started; killed at once it would leave a hanging one behind. */
const STOP_GRACE_MS = 1_500;

const text = v.pipe(v.string(), v.maxLength(1000));
const amount = v.nullable(v.pipe(v.number(), v.finite()));
const computeClass = v.picklist(['datacenter', 'high', 'mid', 'low', 'integrated', 'cpu']);

const gpu = v.object({
  id: text,
  vendor: v.picklist(['nvidia', 'amd', 'intel', 'apple', 'other']),
  name: text,
  vramBytes: amount,
  vramUsedBytes: amount,
  unifiedMemory: v.boolean(),
  computeClass,
  classReason: text,
  driver: v.nullable(text),
  temperatureCelsius: amount,
  loadPercent: amount,
  powerWatts: amount,
  source: text,
});

const reply = v.variant('kind', [
  v.object({
    kind: v.literal('hardware'),
    state: v.object({
      kind: v.literal('ready'),
      gpus: v.pipe(v.array(gpu), v.maxLength(64)),
      cpu: v.object({ name: text, cores: v.number(), memoryBytes: v.number() }),
      machineClass: computeClass,
      machineClassReason: text,
      warnings: v.pipe(v.array(text), v.maxLength(100)),
      detectedAtMs: v.number(),
    }),
  }),
  v.object({ kind: v.literal('failed'), message: text }),
]);

/**
 * Asks a short-lived process what this machine has: drivers' tools may hang or crash, and must not take main with them.
 * @throws MillraceError WORKER_FAILED, TIMEOUT, ABORTED
 */
export async function scanHardware(processes: ProcessHost, signal: AbortSignal): Promise<HardwareState> {
  const child = trackChild(processes.launch('hardware-probe', 'hardware-probe'));
  const { handle, exited } = child;
  const timeout = AbortSignal.timeout(SCAN_TIMEOUT_MS);
  let onTimeout = (): void => undefined;
  let onAbort = (): void => undefined;
  try {
    return await new Promise<HardwareState>((resolve, reject) => {
      handle.onMessage((value) => {
        const parsed = v.safeParse(reply, value);
        if (!parsed.success) reject(failed('it sent a message that breaks the format'));
        else if (parsed.output.kind === 'failed') reject(failed(parsed.output.message));
        else resolve(parsed.output.state);
      });
      void exited.then((exit) => reject(failed(`the process ${describeExit(exit)}`)));
      onTimeout = () => reject(new MillraceError('TIMEOUT', 'Hardware detection took too long'));
      onAbort = () => reject(new MillraceError('ABORTED', 'Hardware detection was stopped'));
      timeout.addEventListener('abort', onTimeout, { once: true });
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      handle.send({ kind: 'detect' });
    });
  } finally {
    timeout.removeEventListener('abort', onTimeout);
    signal.removeEventListener('abort', onAbort);
    await stopChild(child, STOP_GRACE_MS);
  }
}

/** What Node itself knows, for a machine whose detection failed as a whole: it takes part with its CPU, and says why. */
export const hardwareWithoutProbe = (reason: string, nowMs: number): HardwareState => ({
  kind: 'ready',
  gpus: [],
  cpu: { name: cpus()[0]?.model ?? 'Unknown CPU', cores: availableParallelism(), memoryBytes: totalmem() },
  machineClass: 'cpu',
  machineClassReason: 'No GPU could be looked for, so this machine takes part with its CPU',
  warnings: [reason],
  detectedAtMs: nowMs,
});

const failed = (why: string): MillraceError => new MillraceError('WORKER_FAILED', `Hardware detection failed: ${why}`);
