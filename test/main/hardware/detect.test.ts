import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { detectHardware } from '#main/core/hardware/detect.ts';
import type { HardwareDeps, RunCommand } from '#main/core/hardware/ports.ts';
import { recordedMachine } from './recorded-machine.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const running = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

test('a hanging tool costs its own timeout and no more', async () => {
  const detection = detectHardware(recordedMachine('linux-hanging-nvidia-smi'), running);
  const startMs = Date.now();
  await vi.runAllTimersAsync();
  const state = await detection;
  expect(Date.now() - startMs).toBeLessThanOrEqual(15_000);
  expect(state.warnings).toEqual(['nvidia-smi did not answer within 10 s and was stopped.']);
  expect(state.gpus.map(({ id }) => id)).toEqual(['0000:01:00.0']);
});

test('a systeminformation that never answers becomes warnings, and the runtime tells the CPU', async () => {
  const machine = recordedMachine('linux-container');
  const deps: HardwareDeps = { ...machine, systemInformation: { graphics: never, cpu: never, mem: never } };
  const detection = detectHardware(deps, running);
  await vi.runAllTimersAsync();
  const state = await detection;
  expect(Date.now()).toBeLessThanOrEqual(40_000);
  expect(state.cpu).toEqual({ name: 'the runtime knows this CPU', cores: 4, memoryBytes: 8_000_000_000 });
  expect(state.machineClassReason).toBe(
    'No GPU was found. The CPU (the runtime knows this CPU, 4 cores) serves as the lowest class on the devnet.',
  );
  expect(state.warnings).toEqual([
    'systeminformation could not list the graphics cards: systeminformation did not answer within 20 s.',
    'systeminformation could not read the processor: systeminformation (processor) did not answer within 8 s.',
    'systeminformation could not read the memory: systeminformation (memory) did not answer within 8 s.',
  ]);
});

test('a cancelled detection throws ABORTED, before the start as well as in the middle', async () => {
  const machine = recordedMachine('linux-container');
  await expect(detectHardware(machine, AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });

  const controller = new AbortController();
  const run: RunCommand = () => {
    controller.abort();
    return Promise.resolve({ kind: 'not-found' });
  };
  await expect(detectHardware({ ...machine, run }, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  expect(machine.graphicsCalls()).toBe(0);
});

test('an operating system without a source of its own is served by systeminformation, names only', async () => {
  const machine = recordedMachine('linux-sysfs-hidden');
  const state = await detectHardware({ ...machine, platform: 'freebsd' }, running);
  expect(state.gpus).toMatchObject([
    { name: expect.stringMatching(/^Radeon RX 460/) as string, vramBytes: null, source: 'systeminformation' },
  ]);
});

test('sysfs that may not be read is a warning, not an absence', async () => {
  const machine = recordedMachine('linux-container');
  const denied = Object.assign(new Error('EACCES'), { code: 'EACCES' });
  const state = await detectHardware({ ...machine, listDirectory: () => Promise.reject(denied) }, running);
  expect(state.warnings).toEqual(['sysfs: /sys/class/drm could not be read.']);
});

test('the sensors of a sleeping card are left alone', async () => {
  const machine = recordedMachine('linux-rx-6800-xt');
  const read: string[] = [];
  const deps: HardwareDeps = {
    ...machine,
    readFile: (path, options) => {
      read.push(path);
      return path.endsWith('runtime_status') ? Promise.resolve('suspended\n') : machine.readFile(path, options);
    },
  };
  const [gpu] = (await detectHardware(deps, running)).gpus;
  expect(gpu).toMatchObject({ vramBytes: 17_163_091_968, loadPercent: null, temperatureCelsius: null });
  expect(read.filter((path) => /hwmon|busy|vram_used/.test(path))).toEqual([]);
});

test('every command gets a time limit and a size limit', async () => {
  for (const name of ['linux-rtx-2080', 'windows-hybrid-laptop', 'mac-m3-pro']) {
    const machine = recordedMachine(name);
    const limits: { readonly timeoutMs: number; readonly maxBytes: number }[] = [];
    const run: RunCommand = (command, args, options) => {
      limits.push(options);
      return machine.run(command, args, options);
    };
    await detectHardware({ ...machine, run }, running);
    expect(limits.length, name).toBeGreaterThan(1);
    for (const { timeoutMs, maxBytes } of limits) {
      expect(timeoutMs).toBeLessThanOrEqual(20_000);
      expect(maxBytes).toBeLessThanOrEqual(1024 * 1024);
    }
  }
});
