import { availableParallelism, cpus, totalmem } from 'node:os';
import * as v from 'valibot';
import type { HardwareState } from '#protocol/contract/state.ts';
import { MillraceError } from '#protocol/errors.ts';
import { describeExit, type ProcessHost } from './process-host.ts';
import { trackChild } from './stop-child.ts';

/** Detection itself gives every tool a few seconds; this is for a probe that hangs as a whole. */
const SCAN_TIMEOUT_MS = 45_000;

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
  const { handle, exited } = trackChild(processes.launch('hardware-probe', 'hardware-probe'));
  try {
    return await new Promise<HardwareState>((resolve, reject) => {
      handle.onMessage((value) => {
        const parsed = v.safeParse(reply, value);
        if (!parsed.success) reject(failed('it sent a message that breaks the format'));
        else if (parsed.output.kind === 'failed') reject(failed(parsed.output.message));
        else resolve(parsed.output.state);
      });
      void exited.then((exit) => reject(failed(`the process ${describeExit(exit)}`)));
      const timeout = AbortSignal.timeout(SCAN_TIMEOUT_MS);
      timeout.addEventListener('abort', () => reject(new MillraceError('TIMEOUT', 'Hardware detection took too long')));
      signal.addEventListener('abort', () => reject(new MillraceError('ABORTED', 'Hardware detection was stopped')));
      if (signal.aborted) reject(new MillraceError('ABORTED', 'Hardware detection was stopped'));
      handle.send({ kind: 'detect' });
    });
  } finally {
    handle.kill();
    await exited;
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
