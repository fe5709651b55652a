import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Cpu, Gpu } from '#protocol/contract/state.ts';
import { detectHardware } from '#main/core/hardware/detect.ts';
import { recordedMachine, RECORDINGS } from './recorded-machine.ts';

interface ExpectedMachine {
  readonly gpus: readonly Gpu[];
  readonly machineClass: string;
  readonly machineClassReason: string;
  readonly warnings: readonly string[];
  /** How often systeminformation may be asked for graphics: it is the last resort. */
  readonly graphicsCalls: 0 | 1;
  readonly memoryBytes: number;
  /** Only where the recording tells the processor. */
  readonly cpu?: Pick<Cpu, 'name' | 'cores'>;
}

const UNRECORDED_CPU = { name: 'AMD Ryzen 9 5950X', cores: 32 };

const recordings = readdirSync(RECORDINGS).filter((file) => file.endsWith('.txt'));
const machines = recordings.map((file) => file.slice(0, -'.txt'.length));

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

test.each(machines)('the machine %s is described as its expectation says', async (name) => {
  const text = readFileSync(new URL(`${name}.expected.json`, RECORDINGS), 'utf8');
  const expected = JSON.parse(text) as ExpectedMachine;
  const machine = recordedMachine(name);
  const detection = detectHardware(machine, new AbortController().signal);
  await vi.runAllTimersAsync();
  expect(await detection).toEqual({
    kind: 'ready',
    gpus: expected.gpus,
    cpu: { ...(expected.cpu ?? UNRECORDED_CPU), memoryBytes: expected.memoryBytes },
    machineClass: expected.machineClass,
    machineClassReason: expected.machineClassReason,
    warnings: expected.warnings,
    detectedAtMs: 1_795_000_000_000,
  });
  expect(machine.graphicsCalls()).toBe(expected.graphicsCalls);
});

test('no kind of machine that must be told apart lost its recording', () => {
  expect(machines).toEqual(
    expect.arrayContaining([
      'linux-rtx-2080',
      'linux-two-rtx-3090',
      'linux-rx-6800-xt',
      'linux-rx-7900-xtx',
      'linux-uhd-630',
      'linux-three-intel',
      'mac-m3-pro',
      'linux-container',
      'linux-vm',
      'linux-garbage',
      'linux-hanging-nvidia-smi',
      'linux-nvml-mismatch',
      'linux-hybrid-laptop',
      'windows-rx-7900-xt',
      'windows-two-rx-580',
    ]),
  );
});

test('every recording says on its first line how it came about, and the README repeats it', () => {
  const readme = readFileSync(new URL('README.md', RECORDINGS), 'utf8');
  const rows = [...readme.matchAll(/^\| `([\w-]+)` *\| (captured|values captured|composed) *\|/gm)];
  const graded = machines.map((name) => {
    const text = readFileSync(new URL(`${name}.txt`, RECORDINGS), 'utf8');
    return [name, /^# (captured|values captured|composed): /.exec(text)?.[1]];
  });
  expect(rows.map(([, name, grade]) => [name, grade])).toEqual(expect.arrayContaining(graded));
  expect(rows).toHaveLength(machines.length);
});
